import type { Server } from "node:http";
import { Socket } from "node:net";
import { Line, type Timed } from "./deadlines.ts";

/*
 * How long connections are idle. Node takes away a connection's timer when a request comes and makes another one when it has
 * been answered: 2.5 of the 43 us that bare `node:http` takes for a small GET, and the new timer keeps the async context in
 * which it was made, which is the request's, until the next one comes. One timer for all does the same.
 */

const { setTimeout: setTimeoutOfNode } = Socket.prototype;
/** Timers count no further. */
const longest = 2 ** 31 - 1;

const idleKey: unique symbol = Symbol("kiln.idle");
type Watched = Socket & { [idleKey]: IdleTime };

/** The idle time of one connection. There may be very many, so it is all that each has. */
class IdleTime implements Timed<IdleTime> {
  readonly socket: Socket;
  at = 0;
  previous: IdleTime | undefined = undefined;
  next: IdleTime | undefined = undefined;
  linked = false;
  isSecondHalf = false;
  /** Whether Node's own timer is set. */
  isNodes = false;
  /** The bytes that had come when half of the time was over. */
  read = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }
}

/**
 * Makes what watches over the two halves of idle times. To ask how much a connection has read is dear, so it is asked in the
 * middle and at the end only: when something came in the second half, such as the begin of a head, the connection waits on
 * for as long again.
 */
function createHalves(length: number): Line<IdleTime> {
  const line = new Line<IdleTime>(length / 2, (idle) => {
    const { socket } = idle;
    if (idle.isSecondHalf && socket.bytesRead === idle.read) {
      socket.emit("timeout");
      return;
    }
    idle.read = socket.bytesRead;
    idle.isSecondHalf = true;
    line.start(idle, performance.now());
  });
  return line;
}

/** Takes the call with which Node begins the idle time of a connection, and leaves all others to Node. */
function setTimeoutOf(line: Line<IdleTime>, length: number): Socket["setTimeout"] {
  return function setTimeout(this: Watched, milliseconds, callback) {
    const idle = this[idleKey];
    line.end(idle);
    const isIdle = milliseconds === length && callback === undefined && !this.destroyed;
    // Node's own is ended by it, or begun.
    if (idle.isNodes || !(isIdle || milliseconds === 0))
      setTimeoutOfNode.call(this, isIdle ? 0 : milliseconds, callback);
    idle.isNodes = !isIdle && milliseconds > 0;
    if (isIdle) {
      idle.isSecondHalf = false;
      line.start(idle, performance.now());
    }
    return this;
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
  const line = createHalves(length);
  const setTimeout = setTimeoutOf(line, length);
  function onClose(this: Watched): void {
    line.end(this[idleKey]);
  }
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    Object.assign(socket, { [idleKey]: new IdleTime(socket), setTimeout });
    socket.on("close", onClose);
  });
}

/** Whether the timer of a connection holds nothing of the request that was answered on it last. */
export function sharesIdleTimer(socket: Socket): boolean {
  return socket.setTimeout !== setTimeoutOfNode;
}
