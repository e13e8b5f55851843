// What a call of a `blocking()` function costs: one thread, a function that does next to nothing, a small object both ways.
//
//   round trip   a call, awaited, then the next: median of all
//   throughput   200 calls in flight, a new one for each that ends; also with about 0.2 ms of work in the function, where
//                what a call costs is compared with what it is for
//   10 MB        a buffer there and back, copied or moved
//
// Bare piscina has one thread as well, its quickest settings (no timing) and the same function. All in one process, in mixed
// order, so that they share whatever else the machine does; medians over rounds.
// Run: npm run bench:threads     (ROUNDS=7)
import assert from "node:assert/strict";
import { availableParallelism, loadavg } from "node:os";
import { kiln, move } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { Piscina } from "piscina";
import { median } from "../median.ts";
import { copied, moved, nextOrder, type Order, workedOrder } from "./thread-work.ts";

const rounds = Number(process.env.ROUNDS ?? 7);
const calls = 4_000;
const inFlight = 200;
const megabytes = 10;

const filename = new URL("thread-work.ts", import.meta.url).href;
const bare = new Piscina({ filename, minThreads: 1, maxThreads: 1, recordTiming: false });
const { signal } = new AbortController();

type Call = (order: Order) => Promise<Order>;
interface Way {
  readonly empty: Call;
  /** The one with work in it. */
  readonly worked: Call;
}
const ways: Readonly<Record<string, Way>> = {
  "bare piscina": { empty: (order) => bare.run(order), worked: (order) => bare.run(order, { name: "work" }) },
  "blocking()": { empty: nextOrder, worked: workedOrder },
  "blocking(), with a signal": { empty: nextOrder.with({ signal }), worked: workedOrder.with({ signal }) },
};

/** Microseconds of the median call. */
async function roundTrip(call: Call): Promise<number> {
  const times: number[] = [];
  for (let id = 0; id < calls; id += 1) {
    const started = performance.now();
    const order = await call({ id, item: "a pound of nails" });
    times.push(performance.now() - started);
    assert.equal(order.id, id + 1);
  }
  return median(times) * 1000;
}

/** Calls per second. */
async function throughput(call: Call, count: number): Promise<number> {
  let id = 0;
  const started = performance.now();
  const caller = async (): Promise<void> => {
    while (id < count) await call({ id: id++, item: "a pound of nails" });
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return count / ((performance.now() - started) / 1000);
}

/** Milliseconds of the median trip of a large buffer. */
async function large(call: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<number> {
  const times: number[] = [];
  let bytes: Uint8Array = new Uint8Array(megabytes * 1_000_000).fill(7);
  for (let i = 0; i < 20; i += 1) {
    const started = performance.now();
    bytes = await call(bytes);
    times.push(performance.now() - started);
  }
  assert.deepEqual([bytes.length, bytes.at(-1)], [megabytes * 1_000_000, 7]);
  return median(times);
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const figures = new Map<string, number[]>();
function note(name: string, figure: number): void {
  figures.set(name, [...(figures.get(name) ?? []), figure]);
}
const figure = (name: string): number => median(figures.get(name) ?? []);

await using _ = await testApp(kiln({ title: "bench", threads: { size: 1, queue: 100_000 } }));
for (const { empty } of Object.values(ways)) await roundTrip(empty);
for (let round = 0; round < rounds; round += 1) {
  for (const [name, { empty, worked }] of shuffled(Object.entries(ways))) {
    note(`${name}: round trip`, await roundTrip(empty));
    note(`${name}: empty`, await throughput(empty, calls));
    note(`${name}: worked`, await throughput(worked, calls));
  }
  note("copied", await large(copied));
  note("moved", await large((bytes) => moved(move(bytes))));
}
await bare.destroy();

const [load = 0] = loadavg();
console.log(
  `${rounds} rounds, Node ${process.versions.node}, ${availableParallelism()} cores, load ${load.toFixed(1)}`,
);
console.log("");
console.log("|  | round trip | throughput, empty | throughput, some work |");
console.log("|---|---|---|---|");
for (const name of Object.keys(ways)) {
  const shown = ["empty", "worked"].map((kind) => {
    const perSecond = figure(`${name}: ${kind}`);
    const ratio = perSecond / figure(`bare piscina: ${kind}`);
    return `${Math.round(perSecond)}/s, ${ratio.toFixed(2)} x`;
  });
  console.log(`| ${name} | ${figure(`${name}: round trip`).toFixed(1)} us | ${shown.join(" | ")} |`);
}
console.log("");
console.log(
  `${megabytes} MB there and back: copied ${figure("copied").toFixed(1)} ms, moved ${figure("moved").toFixed(3)} ms`,
);
