// A load generator that costs less than any server: each connection writes the same bytes again as soon as an answer is
// complete. With a slower one (autocannon took longer for a request than bare node:http) servers would wait for it, and one
// that waits handles fewer requests in a turn of its event loop, which costs it more for each.
import { connect, type Socket } from "node:net";
import type { Asked } from "./workloads.ts";

export interface Load {
  readonly port: number;
  readonly asked: Asked;
  readonly status: number;
  readonly connections: number;
  /**
   * Whether it may sleep, as where PostgreSQL needs the core; by default it never does. On a loopback interface the process
   * that writes wakes the one that reads, so a server slower than another would pay for that too, 10 us and more of each
   * answer on a virtual machine, which no client on another machine would cost it.
   */
  readonly sleeps?: boolean;
  /** Milliseconds before anything counts. */
  readonly warmUp: number;
  /** Milliseconds that count. */
  readonly duration: number;
  /** Called when what counts begins, and when it ends. */
  readonly mark: () => void;
}

export interface Loaded {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds of each request. */
  readonly latencies: Float64Array;
}

/** The bytes of a request. */
export function bytesOf({ method, path, headers = {}, body }: Asked): Buffer {
  const lines = Object.entries({ host: "127.0.0.1", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = body === undefined ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}${length}\r\n${body ?? ""}`);
}

const headEnd = Buffer.from("\r\n\r\n");

/** Where a body in chunks ends; -1 as long as it is not complete. */
function endOfChunks(bytes: Buffer, start: number): number {
  for (let at = start; ; ) {
    const line = bytes.indexOf("\r\n", at, "latin1");
    if (line === -1) return -1;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    at = line + 2 + size + 2;
    if (at > bytes.length) return -1;
    if (size === 0) return at;
  }
}

/** Where the answer ends that these bytes begin with; -1 as long as it is not complete. */
function endOfAnswer(bytes: Buffer): number {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return -1;
  const head = bytes.toString("latin1", 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) return endOfChunks(bytes, end + 4);
  const last = end + 4 + Number(length);
  return last > bytes.length ? -1 : last;
}

class Run {
  readonly #load: Load;
  readonly #request: Buffer;
  readonly #sockets: Socket[] = [];
  #latencies = new Float64Array(1 << 18);
  #requests = 0;
  #counts = false;
  readonly #failed = Promise.withResolvers<never>();

  constructor(load: Load) {
    this.#load = load;
    this.#request = bytesOf(load.asked);
  }

  async run(): Promise<Loaded> {
    const { connections, sleeps, warmUp, duration, mark } = this.#load;
    const wait = (milliseconds: number): Promise<unknown> =>
      Promise.race([new Promise((resolve) => setTimeout(resolve, milliseconds)), this.#failed.promise]);
    let over = sleeps === true;
    const stayAwake = (): void => {
      if (!over) setImmediate(stayAwake);
    };
    try {
      stayAwake();
      for (let i = 0; i < connections; i += 1) this.#sockets.push(this.#open());
      await wait(warmUp);
      mark();
      const from = performance.now();
      this.#counts = true;
      await wait(duration);
      this.#counts = false;
      const elapsed = performance.now() - from;
      mark();
      const requests = this.#requests;
      return { requests, perSecond: (requests * 1000) / elapsed, latencies: this.#latencies.subarray(0, requests) };
    } finally {
      over = true;
      for (const socket of this.#sockets) socket.destroy();
    }
  }

  #open(): Socket {
    let sent = 0;
    let kept: Buffer | undefined;
    const ask = (): void => {
      sent = performance.now();
      socket.write(this.#request);
    };
    const onBytes = (bytes: Buffer): void => {
      const all = kept === undefined ? bytes : Buffer.concat([kept, bytes]);
      const end = endOfAnswer(all);
      if (end !== all.length) {
        if (end !== -1) this.#failed.reject(new Error("there are bytes after the answer"));
        kept = Buffer.from(all);
        return;
      }
      kept = undefined;
      this.#complete(all, performance.now() - sent);
      ask();
    };
    const socket: Socket = connect({
      port: this.#load.port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(65_536),
        callback: (size: number, buffer: Uint8Array) => {
          onBytes(Buffer.from(buffer.buffer, buffer.byteOffset, size));
          return true;
        },
      },
    });
    socket.once("connect", ask);
    socket.on("error", (error) => this.#failed.reject(error));
    socket.once("end", () => this.#failed.reject(new Error("the server closed a connection")));
    return socket;
  }

  #complete(answer: Buffer, latency: number): void {
    // "HTTP/1.1 200"
    const status = Number(answer.toString("latin1", 9, 12));
    if (status !== this.#load.status)
      this.#failed.reject(new Error(`the server answered ${answer.toString("latin1")}`));
    if (!this.#counts) return;
    if (this.#requests === this.#latencies.length) {
      const longer = new Float64Array(this.#latencies.length * 2);
      longer.set(this.#latencies);
      this.#latencies = longer;
    }
    this.#latencies[this.#requests] = latency;
    this.#requests += 1;
  }
}

/** @throws when an answer has another status, or a connection breaks */
export async function load(options: Load): Promise<Loaded> {
  return await new Run(options).run();
}
