// Rounds of slices. In each round all servers run, in processes that are new; for each workload they are measured one after
// the other, in mixed order, several times over, so that what else the machine does hits all of them alike.
import { median } from "../median.ts";
import { checkAnswer } from "./check.ts";
import type { Contender, Mode } from "./contenders.ts";
import { load } from "./load.ts";
import { type Server, startServer } from "./server.ts";
import { cpuOf, peakOf, treeOf } from "./usage.ts";
import type { Workload } from "./workloads.ts";

/** One server in one mode. */
export interface Subject {
  readonly contender: Contender;
  readonly mode: Mode;
}

/** What a slice gave. */
export interface Slice {
  /** Microseconds of CPU for a request. */
  readonly cpu: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** What a process gave. */
export interface Life {
  /** Milliseconds to the first answer. */
  readonly startUp: number;
  /** MiB at most. */
  readonly peak: number;
}

export interface Plan {
  readonly subjects: readonly Subject[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** How often each server is measured with each workload in a round. */
  readonly slices: number;
  /** Milliseconds of one measurement. */
  readonly duration: number;
  readonly databaseUrl: string;
}

export const connections = 32;
/** Milliseconds of load on a new process, over all workloads, before the first slice. */
export const firstWarmUp = 4_000;
/** Milliseconds of load before the first slice of a workload, and before each that follows. */
export const warmUp = 1_000;
export const pause = 150;

/** Figures by subject and slice; those of one number were taken one right after the other. */
export class Figures {
  readonly #slices = new Map<string, Slice[]>();
  readonly #lives = new Map<string, Life[]>();

  addSlice(subject: Subject, workload: Workload, slice: Slice): void {
    const key = `${keyOf(subject)} ${workload.name}`;
    this.#slices.set(key, [...(this.#slices.get(key) ?? []), slice]);
  }

  addLife(subject: Subject, life: Life): void {
    this.#lives.set(keyOf(subject), [...(this.#lives.get(keyOf(subject)) ?? []), life]);
  }

  slices(subject: Subject, workload: Workload): readonly Slice[] {
    return this.#slices.get(`${keyOf(subject)} ${workload.name}`) ?? [];
  }

  lives(subject: Subject): readonly Life[] {
    return this.#lives.get(keyOf(subject)) ?? [];
  }

  /** The median of a figure. */
  slice(subject: Subject, workload: Workload, figure: keyof Slice): number {
    return median(this.slices(subject, workload).map((slice) => slice[figure]));
  }

  life(subject: Subject, figure: keyof Life): number {
    return median(this.lives(subject).map((life) => life[figure]));
  }

  /** CPU as a ratio to another's, slice by slice: what the machine does besides is more alike at one time than over all. */
  ratio(subject: Subject, to: Subject, workload: Workload): number {
    const others = this.slices(to, workload);
    return median(this.slices(subject, workload).map(({ cpu }, number) => cpu / (others[number]?.cpu ?? Number.NaN)));
  }
}

function keyOf({ contender, mode }: Subject): string {
  return `${contender.name} ${mode}`;
}

function shuffled<T>(list: readonly T[]): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(Math.floor(Math.random() * left.length), 1));
}

function percentile(sorted: Float64Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

async function loadSlice(
  server: Server,
  { asked, status, database }: Workload,
  before: number,
  duration: number,
): Promise<Slice> {
  const pids = treeOf(server.pid);
  const marks: number[] = [];
  const mark = (): void => void marks.push(cpuOf(pids));
  const { port } = server;
  const { requests, perSecond, latencies } = await load({
    port,
    asked,
    status,
    connections,
    sleeps: database,
    warmUp: before,
    duration,
    mark,
  });
  const [from = 0, to = 0] = marks;
  latencies.sort();
  return { cpu: (to - from) / requests, perSecond, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

async function startAll({ subjects, workloads, databaseUrl }: Plan): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const { contender, mode } of shuffled(subjects)) {
      const server = await startServer(contender, mode, databaseUrl, "process");
      servers.push(server);
      for (const workload of shuffled(workloads)) await loadSlice(server, workload, 0, firstWarmUp / workloads.length);
    }
    return servers;
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
}

async function round(plan: Plan, figures: Figures): Promise<void> {
  const servers = await startAll(plan);
  try {
    for (const workload of shuffled(plan.workloads)) {
      for (let number = 0; number < plan.slices; number += 1) {
        for (const server of shuffled(servers)) {
          await checkAnswer(server, workload);
          const before = number === 0 ? warmUp : pause;
          figures.addSlice(server, workload, await loadSlice(server, workload, before, plan.duration));
        }
      }
    }
    for (const server of servers)
      figures.addLife(server, { startUp: server.startUp, peak: peakOf(treeOf(server.pid)) });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Measures. @param say told how far it is */
export async function measure(plan: Plan, say: (text: string) => void): Promise<Figures> {
  const figures = new Figures();
  for (let number = 1; number <= plan.rounds; number += 1) {
    const begun = performance.now();
    await round(plan, figures);
    say(`round ${number} of ${plan.rounds}: ${Math.round((performance.now() - begun) / 1000)} s`);
  }
  return figures;
}
