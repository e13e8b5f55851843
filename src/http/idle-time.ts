import type { Server } from "node:http";
import { Socket } from "node:net";
import { createDeadlines, type Deadline, type Deadlines } from "./deadlines.ts";

/*
 * How long connections are idle. Node takes away a connection's timer when a request comes and makes another one when it has
 * been answered: 2.5 of the 43 us that bare `node:http` takes for a small GET, and the new timer keeps the async context in
 * which it was made, which is the request's, until the next one comes. One timer for all does the same.
 */

const { setTimeout: setTimeoutOfNode } = Socket.prototype;
/** Timers count no further. */
const longest = 2 ** 31 - 1;

class IdleTime {
  readonly socket: Socket;
  readonly deadlines: Deadlines<IdleTime>;
  /** Milliseconds that a connection may be idle. */
  readonly length: number;
  deadline: Deadline | undefined = undefined;
  isSecondHalf = false;
  read = 0;

  constructor(socket: Socket, deadlines: Deadlines<IdleTime>, length: number) {
    this.socket = socket;
    this.deadlines = deadlines;
    this.length = length;
  }

  begin(): void {
    this.isSecondHalf = false;
    this.wait();
  }

  end(): void {
    this.deadline?.end();
    this.deadline = undefined;
  }

  wait(): void {
    this.deadline = this.deadlines.start(this, this.length / 2, performance.now());
  }

  /**
   * Half of the time is over. To ask how much a connection has read is dear, so it is asked in the middle and at the end
   * only: when something came in the second half, such as the begin of a head, the connection waits on for as long again.
   */
  passed(): void {
    const { socket } = this;
    this.deadline = undefined;
    if (this.isSecondHalf && socket.bytesRead === this.read) {
      socket.emit("timeout");
      return;
    }
    this.read = socket.bytesRead;
    this.isSecondHalf = true;
    this.wait();
  }
}

/** Takes the call with which Node begins the idle time of a connection, and leaves all others to Node. */
function setTimeoutOf(idle: IdleTime): Socket["setTimeout"] {
  let isNodes = false;
  return (milliseconds, callback) => {
    const { socket } = idle;
    idle.end();
    const isIdle = milliseconds === idle.length && callback === undefined && !socket.destroyed;
    // Node's own is ended by it, or begun.
    if (isNodes || !(isIdle || milliseconds === 0)) setTimeoutOfNode.call(socket, isIdle ? 0 : milliseconds, callback);
    isNodes = !isIdle && milliseconds > 0;
    if (isIdle) idle.begin();
    return socket;
  };
}

/**
 * Has one timer watch over all idle connections of a server that speaks HTTP/1.
 *
 * @param keepAlive how long it keeps them, in milliseconds
 * @param secure whether it speaks TLS
 */
export function shareIdleTimer(server: Server, keepAlive: number, secure: boolean): void {
  // Node adds this, so that a client that uses all of its time does not meet a closed connection.
  const length = keepAlive + (server.keepAliveTimeoutBuffer ?? 1_000);
  if (keepAlive <= 0 || length > longest) return;
  const deadlines = createDeadlines<IdleTime>((idle) => idle.passed());
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    const idle = new IdleTime(socket, deadlines, length);
    socket.setTimeout = setTimeoutOf(idle);
    socket.on("close", () => idle.end());
  });
}

/** Whether the timer of a connection holds nothing of the request that was answered on it last. */
export function sharesIdleTimer(socket: Socket): boolean {
  return socket.setTimeout !== setTimeoutOfNode;
}
