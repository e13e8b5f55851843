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
/** Connections that a worker may be given before it has taken the first of them, and the time for which that holds. */
const mostGiven = 32;
const freshFor = 20;

interface Given {
  readonly socket: Socket;
  readonly at: number;
}

/**
 * Listens, and hands every connection to the worker that has the fewest: the supervisor never reads from one. Its own
 * copy stays open until the worker has said that it took it, so a connection is not lost with a worker that dies under
 * it, and none is refused while no worker is there. Connections that come at the same moment are given without waiting for
 * that, or they would go to whoever is quickest and not to whoever has the fewest; a worker that does not take what it was
 * given gets no more, so one that hangs keeps few waiting.
 *
 * Measured against the cluster's round robin, a shared listening socket and `reusePort`: see `bench/server/sockets.ts`.
 */
export class Handover {
  readonly #server: Server;
  readonly #takers = new Set<Taker>();
  readonly #waiting: Socket[] = [];
  /** Given, but not yet taken, the first one first. */
  readonly #given = new Map<Taker, Map<number, Given>>();
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
    // Only this process's copy.
    this.#forget(taker, id)?.socket.destroy();
    this.#distribute();
  }

  /** It did not take what it was given: the connection goes to another. Without an id: it has ended, all of them do. */
  giveBack(taker: Taker, id?: number): void {
    const ids = id === undefined ? [...(this.#given.get(taker)?.keys() ?? [])] : [id];
    const back = ids.map((each) => this.#forget(taker, each)).filter((given) => given !== undefined);
    this.#waiting.unshift(...back.map(({ socket }) => socket));
    this.#distribute();
  }

  #forget(taker: Taker, id: number): Given | undefined {
    const given = this.#given.get(taker);
    const found = given?.get(id);
    given?.delete(id);
    if (given?.size === 0) this.#given.delete(taker);
    return found;
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
      const given = this.#given.get(taker) ?? new Map<number, Given>();
      this.#given.set(taker, given.set(this.#ids, { socket, at: performance.now() }));
      // The next of those that have as many is another one.
      this.#takers.delete(taker);
      this.#takers.add(taker);
      taker.give(this.#ids, socket);
    }
  }

  #leastBusy(): Taker | undefined {
    const now = performance.now();
    let best: Taker | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const taker of this.#takers) {
      const given = this.#given.get(taker);
      if (given !== undefined && !mayHaveMore(given, now)) continue;
      const count = taker.open + (given?.size ?? 0);
      if (count >= fewest) continue;
      best = taker;
      fewest = count;
    }
    return best;
  }
}

function mayHaveMore(given: ReadonlyMap<number, Given>, now: number): boolean {
  const [first] = given.values();
  return first === undefined || (given.size < mostGiven && now - first.at < freshFor);
}
