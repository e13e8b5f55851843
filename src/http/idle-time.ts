import type { Server } from "node:http";
import type { Socket } from "node:net";
import { createDeadlines, type Deadline, type Deadlines } from "./deadlines.ts";

/*
 * How long connections are idle. Node takes away a connection's timer when a request comes and makes another one when it has
 * been answered: 2.5 of the 43 us that bare `node:http` takes for a small GET, and the new timer keeps the async context in
 * which it was made, which is the request's, until the next one comes. One timer for all does the same.
 */

type SetTimeout = Socket["setTimeout"];

class IdleTime {
  readonly socket: Socket;
  readonly deadlines: Deadlines<IdleTime>;
  deadline: Deadline | undefined = undefined;
  length = 0;
  isSecondHalf = false;
  read = 0;

  constructor(socket: Socket, deadlines: Deadlines<IdleTime>) {
    this.socket = socket;
    this.deadlines = deadlines;
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
   * only: what comes in the second half, such as the begin of a head, has the connection wait on, as in Node.
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

/** What `socket.setTimeout` does, with a timer that all connections share. */
function setTimeoutOf(idle: IdleTime): SetTimeout {
  return (milliseconds, callback) => {
    // Only its type says that it cannot be written; Node's own `setTimeout` writes it.
    const socket: Socket & { timeout?: number } = idle.socket;
    socket.timeout = milliseconds;
    idle.end();
    idle.length = milliseconds;
    if (milliseconds > 0) idle.begin();
    if (callback !== undefined && milliseconds > 0) socket.once("timeout", callback);
    else if (callback !== undefined) socket.removeListener("timeout", callback);
    return socket;
  };
}

/**
 * Has one timer watch over all connections of a server that speaks HTTP/1.
 *
 * @param secure whether it speaks TLS
 */
export function shareIdleTimer(server: Server, secure: boolean): void {
  const deadlines = createDeadlines<IdleTime>((idle) => idle.passed());
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    const idle = new IdleTime(socket, deadlines);
    socket.setTimeout = setTimeoutOf(idle);
    socket.on("close", () => idle.end());
  });
}
