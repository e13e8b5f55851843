// What the environment asks for.
import type { Contender, KilnFrom, Missing, Mode } from "./contenders.ts";
import { type Workload, workloads } from "./workloads.ts";

const { WORKLOADS, SERVERS, MODE, ROUNDS, SLICES, SECONDS, WRITE, KILN } = process.env;

const partial = [WORKLOADS, SERVERS, MODE].some((option) => (option ?? "") !== "");
/** With none, servers are only checked. */
export const rounds: number = Number(ROUNDS ?? 3);
/** Whether the results are kept: those of a part are printed only. */
export const write: boolean = rounds > 0 && (!partial || WRITE === "1");
/** Measurements of each server with each workload in a round. */
export const slices: number = Number(SLICES ?? 4);
/** Milliseconds of one measurement. */
export const duration: number = Number(SECONDS ?? 0.5) * 1000;
export const kilnFrom: KilnFrom = KILN === "build" || (KILN !== "source" && write) ? "build" : "source";

function chosen<T extends { readonly name: string }>(all: readonly T[], list: string | undefined): readonly T[] {
  if (list === undefined || list === "") return all;
  return list.split(",").map((name) => {
    const found = all.find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} is none of ${all.map((each) => each.name).join(", ")}`);
    return found;
  });
}

export const chosenWorkloads: readonly Workload[] = chosen(workloads, WORKLOADS);

/** The chosen servers that are there, and the titles of those that are not. */
export function chosenContenders(all: readonly (Contender | Missing)[]): {
  present: readonly Contender[];
  leftOut: readonly string[];
} {
  const present: Contender[] = [];
  const leftOut: string[] = [];
  for (const contender of chosen(all, SERVERS)) {
    if ("missing" in contender) {
      console.log(`${contender.title} is left out: ${contender.missing}`);
      leftOut.push(contender.title);
    } else present.push(contender);
  }
  return { present, leftOut };
}

/** The modes in which a server is measured; the floor has only one, and is measured beside any. */
export function modesOf({ modes }: Contender): readonly Mode[] {
  if (MODE === undefined || MODE === "" || modes.length === 1) return modes;
  if (MODE !== "bare" && MODE !== "production") throw new Error(`MODE=${MODE} is neither bare nor production`);
  return [MODE];
}
