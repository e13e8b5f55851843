// Whether memory grows: a server in production mode after 500,000 and after 5,000,000 requests, good ones, refused ones and
// unknown paths; and what 10,000 idle connections need beyond what they need of node:http.
// Run: npm run soak:memory [requests] [sockets], 0 for leaving out the one or the other
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { bytesOf } from "./http/load.ts";
import { leaveServerCore, onServerCore } from "./http/pinning.ts";
import type { Memory } from "./memory/report.ts";

const requests = Number(process.argv[2] ?? 5_000_000);
const sockets = Number(process.argv[3] ?? 10_000);
const patience = 6 * 60_000;
const connections = 16;
const perBatch = 40;
/** How much more may be held at the end than after a tenth of the requests. */
const noise = 0.03;

interface Server {
  readonly port: number;
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

async function start(name: "kiln" | "raw"): Promise<Server> {
  const program = fileURLToPath(new URL(`memory/${name}.ts`, import.meta.url));
  const command = [process.execPath, "--expose-gc", "--conditions=kilnjs-source", program];
  const [first = "", ...args] = onServerCore(command);
  const child: ChildProcess = spawn(first, args, {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    port,
    memory: async () => {
      child.send("memory");
      const [{ memory }] = (await once(child, "message")) as [{ memory: Memory }];
      return memory;
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const order = JSON.stringify({ customer: "Ada", quantity: 2 });
const json = { "content-type": "application/json" };

/** Ten requests: eight that are answered well, one that is refused, one for a path that nobody asked for before. */
function tenRequests(number: number): Buffer {
  const hello = bytesOf({ method: "GET", path: `/hello?page=${number}` });
  const post = bytesOf({ method: "POST", path: "/orders", headers: json, body: order });
  return Buffer.concat([
    ...[hello, hello, hello, hello, post, post],
    bytesOf({ method: "GET", path: `/shops/${number + 1}` }),
    bytesOf({ method: "GET", path: "/shops/0" }),
    bytesOf({ method: "POST", path: "/orders", headers: json, body: '{"customer":""}' }),
    bytesOf({ method: "GET", path: `/nowhere/${number}` }),
  ]);
}

const statusLine = "HTTP/1.1 ";

/** Sends batches down connections that stay open, and counts the answers by status. */
class Load {
  readonly #port: number;
  #left = 0;
  #batches = 0;
  answered = 0;
  readonly statuses = new Map<string, number>();

  constructor(port: number) {
    this.#port = port;
  }

  async run(count: number, until: number): Promise<void> {
    this.#left = count;
    await Promise.all(Array.from({ length: connections }, () => this.#connection(until)));
  }

  async #connection(until: number): Promise<void> {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let open = 0;
    let rest = "";
    const ask = (): void => {
      if (this.#left <= 0 || performance.now() > until) return resolve();
      this.#left -= perBatch;
      open = perBatch;
      socket.write(Buffer.concat(Array.from({ length: perBatch / 10 }, () => tenRequests(this.#batches++))));
    };
    socket.once("error", reject).once("end", () => reject(new Error("the server closed a connection")));
    socket.on("data", (bytes: Buffer) => {
      const text = rest + bytes.toString("latin1");
      let from = 0;
      for (let at = text.indexOf(statusLine); at !== -1; at = text.indexOf(statusLine, from)) {
        const status = text.slice(at + statusLine.length, at + statusLine.length + 3);
        if (status.length < 3) break;
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
        from = at + statusLine.length;
        open -= 1;
        this.answered += 1;
      }
      // A status line may come in two pieces.
      rest = text.slice(Math.max(from, text.length - statusLine.length - 2));
      if (open === 0) ask();
    });
    ask();
    await promise;
    socket.destroy();
  }
}

function inMiB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}

function show(count: number, { heap, external, rss }: Memory): void {
  console.log(
    `${count.toLocaleString("en").padStart(10)} requests   heap ${inMiB(heap).padStart(10)}   outside of it ${inMiB(external).padStart(9)}   RSS ${inMiB(rss).padStart(11)}`,
  );
}

/** @returns whether what is held stays the same */
async function manyRequests(): Promise<boolean> {
  const server = await start("kiln");
  try {
    const until = performance.now() + patience;
    const load = new Load(server.port);
    const shown: Memory[] = [];
    for (let tenth = 1; tenth <= 10; tenth += 1) {
      await load.run(requests / 10, until);
      // Those tenths between show whether it goes one way.
      shown.push(await server.memory());
      show(load.answered, shown.at(-1) as Memory);
    }
    if (load.answered < requests) console.log(`no more than ${load.answered} in ${patience / 60_000} minutes`);
    const unexpected = [...load.statuses.keys()].filter(
      (status) => !["200", "201", "403", "404", "422"].includes(status),
    );
    assert.deepEqual(unexpected, [], "every answer is one of those that are wanted");
    const [first, last] = [shown[0], shown.at(-1)] as [Memory, Memory];
    const growth = (last.heap + last.external) / (first.heap + first.external) - 1;
    console.log(`from a tenth to all: ${(growth * 100).toFixed(2)}% more is held`);
    return growth <= noise;
  } finally {
    await server.stop();
  }
}

/** Bytes for each of many connections that have had an answer and wait for the next request. */
async function idleSockets(name: "kiln" | "raw"): Promise<Memory> {
  const server = await start(name);
  const open: Socket[] = [];
  try {
    await new Load(server.port).run(20_000, performance.now() + patience);
    const before = await server.memory();
    const request = bytesOf({ method: "GET", path: "/hello" });
    while (open.length < sockets) {
      const socket = connect({ port: server.port, host: "127.0.0.1" });
      await once(socket, "connect");
      socket.write(request);
      await once(socket, "data");
      open.push(socket);
    }
    const after = await server.memory();
    assert.ok(!open.some((socket) => socket.readableEnded || socket.destroyed), "all connections are open");
    return {
      heap: (after.heap - before.heap) / sockets,
      external: (after.external - before.external) / sockets,
      rss: (after.rss - before.rss) / sockets,
    };
  } finally {
    for (const socket of open) socket.destroy();
    await server.stop();
  }
}

function mayOpen(): boolean {
  // Node raises its own limit to the hard one when it starts.
  const most = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  if (most === "unlimited" || Number(most) > sockets + 500) return true;
  console.log(`idle connections are not measured: a process may open ${most} files here, and they need ${sockets}`);
  return false;
}

leaveServerCore();
const flat = requests === 0 || (await manyRequests());
if (sockets > 0 && mayOpen()) {
  for (const name of ["raw", "kiln", "raw", "kiln"] as const) {
    const { heap, external, rss } = await idleSockets(name);
    console.log(
      `${name.padEnd(5)} ${sockets} idle connections: ${heap.toFixed(0)} bytes of heap, ${external.toFixed(0)} outside of it, ${rss.toFixed(0)} of RSS for each`,
    );
  }
}
if (!flat) {
  console.log("memory grows");
  process.exitCode = 1;
}
