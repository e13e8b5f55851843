import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { ListenAddress } from "../app/listen.ts";
import { removeStaleSocket } from "../app/unix-socket.ts";
import type { ShownAddress } from "./messages.ts";

/** Who can be given connections. */
export interface Taker {
  /** Connections that it has. */
  open: number;
  /** Gives it one. */
  give(id: number, socket: Socket): void;
}

/** Connections that may wait for a worker; what comes beyond is closed at once. */
const mostWaiting = 4_096;
/** Queue of the kernel, before a connection is accepted. */
const backlog = 1_024;

/**
 * Listens, and hands every connection to the worker that has the fewest: the supervisor never reads from one. Its own
 * copy stays open until the worker has said that it took it, so a connection is not lost with a worker that dies under
 * it, and none is refused while no worker is there. A worker gets the next one after it has taken the last: one that
 * hangs keeps a single connection waiting.
 *
 * Measured against the cluster's round robin, a shared listening socket and `reusePort`: see `bench/server/sockets.ts`.
 */
export class Handover {
  readonly #server: Server;
  readonly #takers = new Set<Taker>();
  readonly #waiting: Socket[] = [];
  /** Given, but not yet taken. */
  readonly #given = new Map<Taker, { readonly id: number; readonly socket: Socket }>();
  #ids = 0;
  #address: ShownAddress | undefined;
  #accepting = true;

  constructor() {
    // Unread: what the client has sent is for the worker. The wish for no delay goes along with the socket.
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      // One that breaks while it waits is found by the worker that gets it.
      socket.on("error", () => {});
      if (!this.#accepting) return void socket.destroy();
      this.#waiting.push(socket);
      this.#distribute();
    });
    this.#server.maxConnections = mostWaiting;
  }

  /** Where it listens, once it does. */
  get address(): ShownAddress | undefined {
    return this.#address;
  }

  /** @throws what listening throws, for example when the port is taken */
  async listen(address: ListenAddress): Promise<ShownAddress> {
    if ("path" in address) await removeStaleSocket(address.path);
    this.#server.listen({ ...address, backlog });
    await once(this.#server, "listening");
    // Errors after this one are of single connections that could not be accepted, such as for want of descriptors.
    this.#server.on("error", () => {});
    this.#address = this.#server.address() as AddressInfo | string;
    return this.#address;
  }

  /** From now on it gets connections. */
  add(taker: Taker): void {
    this.#takers.add(taker);
    this.#distribute();
  }

  /** It gets no more; what it was given and has not taken is still under way. */
  remove(taker: Taker): void {
    this.#takers.delete(taker);
  }

  /** It has taken what it was given. */
  took(taker: Taker, id: number): void {
    const given = this.#given.get(taker);
    if (given?.id !== id) return;
    this.#given.delete(taker);
    // Only this process's copy.
    given.socket.destroy();
    this.#distribute();
  }

  /** It did not take what it was given, or has ended: the connection goes to another. */
  giveBack(taker: Taker): void {
    const given = this.#given.get(taker);
    if (given === undefined) return;
    this.#given.delete(taker);
    this.#waiting.unshift(given.socket);
    this.#distribute();
  }

  /** Whether connections may come and wait; otherwise they are closed, those that wait included. */
  accept(accepting: boolean): void {
    this.#accepting = accepting;
    if (!accepting) this.dropWaiting();
  }

  /** Stops listening; what waits still goes to workers that take. */
  close(): void {
    this.#server.close();
  }

  /** Nobody will come any more. */
  dropWaiting(): void {
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #distribute(): void {
    while (this.#waiting.length > 0) {
      const taker = this.#leastBusy();
      const socket = taker && this.#waiting.shift();
      if (taker === undefined || socket === undefined) return;
      this.#ids += 1;
      this.#given.set(taker, { id: this.#ids, socket });
      // The next of those that have as many is another one.
      this.#takers.delete(taker);
      this.#takers.add(taker);
      taker.give(this.#ids, socket);
    }
  }

  #leastBusy(): Taker | undefined {
    let best: Taker | undefined;
    for (const taker of this.#takers) {
      if (!this.#given.has(taker) && (best === undefined || taker.open < best.open)) best = taker;
    }
    return best;
  }
}
