// The figures as tables.
import type { Figures, Plan, Subject } from "./measure.ts";
import type { Workload } from "./workloads.ts";

function find({ subjects }: Plan, name: string, mode?: string): Subject | undefined {
  return subjects.find((each) => each.contender.name === name && (mode === undefined || each.mode === mode));
}

function decimals(number: number, digits: number): string {
  return Number.isNaN(number) ? "-" : number.toFixed(digits);
}

function ratioTo(to: Subject | undefined, subject: Subject, workload: Workload, figures: Figures): string {
  return to === undefined ? "-" : decimals(figures.ratio(subject, to, workload), 2);
}

/** The row of a server in a workload. */
function rowOf(plan: Plan, figures: Figures, subject: Subject, workload: Workload): Readonly<Record<string, string>> {
  return {
    "CPU us": decimals(figures.slice(subject, workload, "cpu"), 1),
    "to the floor": ratioTo(find(plan, "raw"), subject, workload, figures),
    "to hand-written": ratioTo(find(plan, "hand-written", subject.mode), subject, workload, figures),
    "requests/s": decimals(figures.slice(subject, workload, "perSecond"), 0),
    "p50 ms": decimals(figures.slice(subject, workload, "p50"), 2),
    "p99 ms": decimals(figures.slice(subject, workload, "p99"), 2),
  };
}

/** Prints a table for each workload, and one of the processes. */
export function printTables(plan: Plan, figures: Figures): void {
  const label = ({ contender, mode }: Subject): string => `${contender.name} ${mode}`;
  for (const workload of plan.workloads) {
    console.log(`\n${workload.title}`);
    console.table(Object.fromEntries(plan.subjects.map((each) => [label(each), rowOf(plan, figures, each, workload)])));
  }
  console.table(
    Object.fromEntries(
      plan.subjects.map((each) => [
        label(each),
        {
          "start-up ms": decimals(figures.life(each, "startUp"), 0),
          "peak MiB": decimals(figures.life(each, "peak"), 0),
        },
      ]),
    ),
  );
}
