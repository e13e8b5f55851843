// The figures as tables, in Markdown that is aligned, so that it can be read where it is printed too.
import type { Figures, Plan, Subject } from "./measure.ts";
import type { Workload } from "./workloads.ts";

/** Cells by the name of their column. */
export type Row = Readonly<Record<string, string>>;

/** A table in Markdown; columns of numbers are aligned to the right. */
export function tableOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => (row[name] ?? "").length)));
  const isText = names.map((name) => rows.some((row) => /[^\d.]/.test(row[name] ?? "")));
  const padded = (cell: string, i: number): string =>
    isText[i] === true ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  const line = (cells: readonly string[]): string => `| ${cells.map(padded).join(" | ")} |`;
  const rule = widths.map((width, i) => (isText[i] === true ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const body = rows.map((row) => line(names.map((name) => row[name] ?? "")));
  return [line(names), `| ${rule.join(" | ")} |`, ...body].join("\n");
}

function decimals(number: number, digits: number): string {
  return Number.isNaN(number) ? "" : number.toFixed(digits);
}

function find({ subjects }: Plan, name: string, mode: string): Subject | undefined {
  return subjects.find((each) => each.contender.name === name && each.mode === mode);
}

/** The floor: bare node:http. */
export function floorOf(plan: Plan): Subject | undefined {
  return find(plan, "raw", "bare");
}

function ratio(figures: Figures, subject: Subject, to: Subject | undefined, workload: Workload): string {
  return to === undefined ? "" : decimals(figures.ratio(subject, to, workload), 2);
}

/** All figures of a workload. */
export function workloadTable(plan: Plan, figures: Figures, workload: Workload): string {
  return tableOf(
    plan.subjects.map((subject) => ({
      server: subject.contender.title,
      mode: subject.mode,
      "CPU µs": decimals(figures.slice(subject, workload, "cpu"), 1),
      "to the floor": ratio(figures, subject, floorOf(plan), workload),
      "to hand-written": ratio(figures, subject, find(plan, "hand-written", subject.mode), workload),
      "requests/s": decimals(figures.slice(subject, workload, "perSecond"), 0),
      "p50 ms": decimals(figures.slice(subject, workload, "p50"), 2),
      "p99 ms": decimals(figures.slice(subject, workload, "p99"), 2),
    })),
  );
}

/** Ratios to the floor of all servers in a mode: a column for each workload. */
export function ratioTable(plan: Plan, figures: Figures, mode: string, workloads: readonly Workload[]): string {
  const subjects = plan.subjects.filter((subject) => subject.mode === mode);
  return tableOf(
    subjects.map((subject) => ({
      server: subject.contender.title,
      ...Object.fromEntries(
        workloads.map((workload) => [workload.name, ratio(figures, subject, floorOf(plan), workload)]),
      ),
    })),
  );
}

/** Start-up and memory. */
export function lifeTable(plan: Plan, figures: Figures): string {
  return tableOf(
    plan.subjects.map((subject) => ({
      server: subject.contender.title,
      mode: subject.mode,
      "start-up ms": decimals(figures.life(subject, "startUp"), 0),
      "peak memory MiB": decimals(figures.life(subject, "peak"), 0),
    })),
  );
}
