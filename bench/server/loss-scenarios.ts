// The three things that are done to a server, and what its clients see of each.
import { setTimeout } from "node:timers/promises";
import { median } from "../median.ts";
import {
  type Asked,
  ask,
  autocannonClients,
  type Clients,
  connections,
  nodeClients,
  type StartClients,
} from "./clients.ts";
import type { Contender, Kind } from "./contender.ts";
import { failuresOf, printTable, quantile } from "./table.ts";

const pacedClients: StartClients = (url) => nodeClients(url, 50);
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

/** Replaces all workers, 20 times, under three kinds of load. */
export async function reloaded(kinds: readonly Kind[], reloads = 20): Promise<void> {
  console.log(`\n${reloads} reloads of 2 workers under ${connections} keep-alive connections`);
  const rows = [["server", "client", "answers", "failed", "p99 ms", "longest ms", "a reload", ""]];
  const loads = { autocannon: autocannonClients, "node:http": nodeClients, "node:http, pauses": pacedClients };
  for (const kind of kinds) {
    for (const [name, startClients] of Object.entries(loads)) {
      const server = await kind.start();
      const clients = startClients(server.url);
      await setTimeout(1_000);
      const began = performance.now();
      for (let count = 0; count < reloads; count++) await server.reload();
      const took = (performance.now() - began) / reloads;
      const outcome = await clients.stop();
      await server.stop();
      const latencies = outcome.asked.map((each) => each.took);
      const [p99, longest] = [quantile(latencies, 0.99), quantile(latencies, 1)].map((figure) =>
        latencies.length === 0 ? "" : figure.toFixed(0),
      );
      const answers = String(outcome.answers);
      rows.push([kind.name, name, answers, failuresOf(outcome), p99 ?? "", longest ?? "", seconds(took), outcome.note]);
    }
  }
  printTable(rows);
}

interface Back {
  /** Milliseconds until a process that was not there before answered on a connection of its own. */
  readonly answered: number | undefined;
  /** How long connections that were opened meanwhile took for their first answer; those without one count as the whole time. */
  readonly opened: readonly number[];
}

/** Opens a connection every 20 ms until another process than those before answers, for at most so long. */
async function untilBack(server: Contender, before: readonly number[], since: number, most: number): Promise<Back> {
  const opened: number[] = [];
  let answered: number | undefined;
  let open = 0;
  while (answered === undefined && performance.now() - since < most) {
    const sentAt = performance.now();
    open += 1;
    void ask(server.url, false).then(({ pid, outcome }) => {
      open -= 1;
      opened.push(performance.now() - sentAt);
      if (outcome === "ok" && !before.includes(pid)) answered ??= performance.now() - since;
    });
    await setTimeout(20);
  }
  return { answered, opened: [...opened, ...Array.from({ length: open }, () => performance.now() - since)] };
}

interface Killing {
  readonly underWay: number;
  readonly failed: number;
  /** Failures on connections of workers that were not killed. */
  readonly others: number;
  readonly said: number | undefined;
  readonly answered: number | undefined;
}

async function killOnce(kind: Kind, startClients: StartClients): Promise<Killing> {
  const server = await kind.start();
  const clients = startClients(server.url);
  await setTimeout(1_500);
  const before = server.workers();
  const [victim = 0] = before;
  const serving = server.servingSince.length;
  const underWay = clients.underWay(victim);
  const since = performance.now();
  process.kill(victim, "SIGKILL");
  const { answered } = await untilBack(server, before, since, 20_000);
  // The word of it may come after the answer.
  await setTimeout(1_000);
  const { failures } = await clients.stop();
  const said = server.servingSince[serving];
  await server.stop();
  const others = failures.filter(({ pid }) => pid !== victim).length;
  return { underWay, failed: failures.length, others, said: said && said - since, answered };
}

/** Kills one of two workers, each time of a server that was started for it. */
export async function killed(kinds: readonly Kind[], rounds = 5): Promise<void> {
  console.log(`\nSIGKILL of one of 2 workers under ${connections} keep-alive connections, ${rounds} rounds, medians`);
  const rows = [["server", "client", "under way", "failed", "of others", "said to serve", "answered", "longest"]];
  for (const kind of kinds) {
    for (const [name, startClients] of Object.entries({ autocannon: autocannonClients, "node:http": nodeClients })) {
      const found: Killing[] = [];
      for (let round = 0; round < rounds; round++) found.push(await killOnce(kind, startClients));
      const each = (name: "underWay" | "failed" | "others"): string => found.map((one) => one[name]).join(" ");
      const said = found.map((one) => one.said).filter((time) => time !== undefined);
      const answered = found.map((one) => one.answered ?? Number.POSITIVE_INFINITY);
      const times = [said.length === 0 ? "" : seconds(median(said)), seconds(median(answered))];
      const longest = seconds(Math.max(...answered));
      rows.push([kind.name, name, each("underWay"), each("failed"), each("others"), ...times, longest]);
    }
  }
  printTable(rows);
}

/** Seconds of silence after which a worker is to be killed, and for how long a replacement is awaited. */
const timeout = 3;
const patience = 15_000;

interface Spin extends Back {
  readonly named: string | undefined;
  /** Requests that failed on connections of the worker that spun, and of the other. */
  readonly failed: number;
  readonly others: number;
  /** The longest wait on connections of the other, and of any before anything spun. */
  readonly pause: number;
  readonly usual: number;
}

/** The worker all of whose clients wait, all the time; those of another wait only now and then. */
async function stuckOf(clients: Clients, workers: readonly number[]): Promise<number> {
  const fewest = new Map<number, number>();
  for (let sample = 0; sample < 20; sample++) {
    await setTimeout(50);
    for (const pid of workers) fewest.set(pid, Math.min(fewest.get(pid) ?? connections, clients.underWay(pid)));
  }
  return workers.toSorted((a, b) => (fewest.get(b) ?? 0) - (fewest.get(a) ?? 0))[0] ?? 0;
}

async function spinOnce(kind: Kind): Promise<Spin> {
  const server = await kind.start(timeout);
  const clients = pacedClients(server.url);
  await setTimeout(2_000);
  const before = server.workers();
  const since = performance.now();
  void ask(`${server.url}/spin`, false);
  const stuck = stuckOf(clients, before);
  const back = await untilBack(server, before, since, patience);
  const spinning = await stuck;
  // One that nobody has killed would keep its clients, and the end, waiting.
  if (back.answered === undefined) process.kill(spinning, "SIGKILL");
  await setTimeout(1_000);
  const { asked, failures } = await clients.stop();
  const named = server.named();
  await server.stop();
  const longest = (part: readonly Asked[]): number => Math.max(0, ...part.map(({ took }) => took));
  const others = asked.filter(({ pid, sentAt }) => before.includes(pid) && pid !== spinning && sentAt > since);
  return {
    ...back,
    named,
    failed: failures.filter(({ pid }) => pid === spinning).length,
    others: failures.filter(({ pid }) => pid !== spinning).length,
    pause: longest(others),
    usual: longest(asked.filter(({ sentAt, took }) => sentAt > since - 1_500 && sentAt + took < since)),
  };
}

/** Lets a handler of one of two workers spin for ever. */
export async function spun(kinds: readonly Kind[], rounds = 3): Promise<void> {
  console.log(
    `\nA handler that spins for ever in one of 2 workers, --timeout ${timeout}, ${rounds} rounds; longest of all`,
  );
  const rows = [
    ["server", "replaced after", "failed", "of the other", "pause ms", "usual ms", "opened > 1 s", "longest"],
  ];
  const named: string[] = [];
  for (const kind of kinds) {
    const found: Spin[] = [];
    for (let round = 0; round < rounds; round++) found.push(await spinOnce(kind));
    const each = (name: "failed" | "others"): string => found.map((one) => one[name]).join(" ");
    const most = (name: "pause" | "usual"): string => Math.max(...found.map((one) => one[name])).toFixed(0);
    const after = found.map(({ answered }) => (answered === undefined ? "never" : seconds(answered))).join(" ");
    const opened = found.flatMap((one) => one.opened);
    const slow = `${opened.filter((took) => took > 1_000).length} of ${opened.length}`;
    const longest = seconds(Math.max(...opened));
    rows.push([kind.name, after, each("failed"), each("others"), most("pause"), most("usual"), slow, longest]);
    named.push(`${kind.name} named: ${found[0]?.named ?? "nothing"}`);
  }
  printTable(rows);
  for (const line of named) console.log(line);
}
