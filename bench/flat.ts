// Whether what an app holds costs its requests: CPU per request with 1,000 routes, 20 resources and 10 chained dependencies
// against an app with one route. Fresh processes in each round, short windows in turn, server and client on a core each.
// Run: npm run bench:flat
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bytesOf } from "./http/load.ts";
import { leaveServerCore, onServerCore, pinned } from "./http/pinning.ts";
import { median } from "./median.ts";

const { values: given } = parseArgs({
  options: { rounds: { type: "string", default: "4" }, windows: { type: "string", default: "40" } },
});
const rounds = Number(given.rounds);
const windows = Number(given.windows);
const perWindow = 1_500;
const warmUp = 12_000;
/** At least so many of each path, so that what belongs to one route only is compiled too. */
const warmUpOfEach = 100;
const connections = 32;

interface Subject {
  readonly name: string;
  readonly app: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
}

const one = ["/group0/things/7"];
const base: Subject = { name: "1 route", app: {}, paths: one };
const others: readonly Subject[] = [
  // The same app in a process of its own: how far apart figures are that should be equal.
  { name: "1 route, once more", app: {}, paths: one },
  { name: "1,000 routes, one is asked", app: { ROUTES: "1000" }, paths: ["/group500/things/7"] },
  {
    name: "1,000 routes, all in turn",
    app: { ROUTES: "1000" },
    paths: Array.from({ length: 1_000 }, (_, index) => `/group${index}/things/7`),
  },
  { name: "20 resources, none is needed", app: { RESOURCES: "20" }, paths: one },
  { name: "20 resources, all are needed", app: { RESOURCES: "20", NEEDED: "yes" }, paths: one },
  { name: "10 chained dependencies", app: { DEPENDS: "10" }, paths: one },
];

class Server {
  readonly #child: ChildProcess;
  readonly #requests: readonly Buffer[];
  readonly #sockets: Socket[] = [];
  #next = 0;
  #left = 0;
  #open = 0;
  #done: (() => void) | undefined;
  /** Microseconds of CPU for a request, window by window. */
  readonly figures: number[] = [];

  constructor(child: ChildProcess, paths: readonly string[]) {
    this.#child = child;
    this.#requests = paths.map((path) => bytesOf({ method: "GET", path }));
  }

  async connect(port: number): Promise<void> {
    for (let index = 0; index < connections; index += 1) {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      await once(socket, "connect");
      // An answer of this size comes in one piece.
      socket.on("data", (bytes: Buffer) => this.#answered(socket, bytes));
      this.#sockets.push(socket);
    }
  }

  #answered(socket: Socket, bytes: Buffer): void {
    const text = bytes.toString("latin1");
    assert.ok(text.startsWith("HTTP/1.1 200 ") && text.endsWith('{"id":7,"name":"a thing"}'), text);
    this.#open -= 1;
    if (this.#left > 0) this.#ask(socket);
    else if (this.#open === 0) this.#done?.();
  }

  #ask(socket: Socket): void {
    this.#left -= 1;
    this.#open += 1;
    socket.write(this.#requests[this.#next++ % this.#requests.length] as Buffer);
  }

  async load(requests: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#done = resolve;
    this.#left = requests;
    for (const socket of this.#sockets) this.#ask(socket);
    await promise;
  }

  async #cpu(): Promise<number> {
    this.#child.send("cpu");
    const [{ cpu }] = (await once(this.#child, "message")) as [{ cpu: NodeJS.CpuUsage }];
    return cpu.user + cpu.system;
  }

  async measure(): Promise<void> {
    const before = await this.#cpu();
    await this.load(perWindow);
    this.figures.push(((await this.#cpu()) - before) / perWindow);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    for (const socket of this.#sockets) socket.destroy();
    this.#child.kill("SIGKILL");
    await ended;
  }
}

async function start({ app, paths }: Subject): Promise<Server> {
  const program = fileURLToPath(new URL("flat/app.ts", import.meta.url));
  const [command = "", ...args] = onServerCore([process.execPath, "--conditions=kilnjs-source", program]);
  const child = spawn(command, args, {
    env: { ...process.env, NODE_ENV: "production", ...app },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const server = new Server(child, paths);
  await server.connect(port);
  await server.load(Math.max(warmUp, paths.length * warmUpOfEach));
  return server;
}

function shuffled<T>(list: readonly T[]): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(Math.floor(Math.random() * left.length), 1));
}

function tenth(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 10)] ?? Number.NaN;
}

const subjects = [base, ...others];
const tenths = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
const medians = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));

async function round(): Promise<void> {
  const servers = new Map<Subject, Server>();
  try {
    for (const subject of shuffled(subjects)) servers.set(subject, await start(subject));
    for (let window = 0; window < windows; window += 1) {
      for (const server of shuffled([...servers.values()])) await server.measure();
    }
    for (const [subject, { figures }] of servers) {
      tenths.get(subject)?.push(tenth(figures));
      medians.get(subject)?.push(median(figures));
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

/** Keeps this process awake: on a loopback interface whoever writes to one that sleeps pays for waking it. */
let awake = true;
function spin(): void {
  if (awake) setImmediate(spin);
}

function line(subject: Subject): string {
  const [low, middle] = [tenths, medians].map((of) => of.get(subject) ?? []) as [number[], number[]];
  const differences = (figures: number[], of: Map<Subject, number[]>): string => {
    const difference = median(figures.map((figure, at) => figure - (of.get(base)?.[at] ?? Number.NaN)));
    const part = (100 * difference) / median(of.get(base) ?? []);
    return `${difference >= 0 ? "+" : ""}${difference.toFixed(2)} us (${part >= 0 ? "+" : ""}${part.toFixed(1)}%)`;
  };
  return [
    subject.name.padEnd(30),
    `p10 ${median(low).toFixed(1)} us`.padEnd(14),
    differences(low, tenths).padEnd(20),
    `median ${median(middle).toFixed(1)} us`.padEnd(17),
    differences(middle, medians),
  ].join(" ");
}

leaveServerCore();
if (!pinned) console.log("server and client are not on cores of their own here");
spin();
for (let number = 0; number < rounds; number += 1) await round();
awake = false;
for (const subject of subjects) console.log(line(subject));
