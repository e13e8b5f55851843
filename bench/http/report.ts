// What is kept of a run: bench/RESULTS.md.
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { connections, type Figures, firstWarmUp, type Plan, warmUp } from "./measure.ts";
import { cores, pinned } from "./pinning.ts";
import { lifeTable, ratioTable, tableOf, workloadTable } from "./tables.ts";
import { workloads } from "./workloads.ts";

/** What is known of the run besides its figures. */
export interface Run {
  readonly plan: Plan;
  readonly figures: Figures;
  readonly postgres: string;
  /** Load average of the machine before and after. */
  readonly loads: readonly [number, number];
  /** Titles of the servers that were not there. */
  readonly leftOut: readonly string[];
}

function commit(): string {
  const git = (...args: readonly string[]): string => spawnSync("git", args, { encoding: "utf8" }).stdout?.trim() ?? "";
  const changed = git("status", "--porcelain", "--", "src", "bench/http") === "" ? "" : ", with changes not committed";
  return `${git("rev-parse", "--short", "HEAD") || "unknown"}${changed}`;
}

function about({ plan, postgres, loads, leftOut }: Run): string {
  const [before, after] = loads.map((load) => load.toFixed(1));
  const machine = `${cores} cores (${cpus()[0]?.model.trim() ?? "unknown"})`;
  // The floor has no other mode than bare.
  const modes = [
    ...new Set(plan.subjects.filter(({ contender }) => contender.modes.length > 1).map(({ mode }) => mode)),
  ];
  const all = plan.workloads.length === workloads.length && modes.length === 2;
  const part = all
    ? ""
    : `\nA part of the benchmark: ${modes.join(" and ")} mode, ${plan.workloads.map(({ name }) => name).join(", ")}.`;
  const places = pinned
    ? "the server on one core; load generator, PostgreSQL and the reader of the logs on the other"
    : "server and load generator on whatever core the system chose";
  return `Taken by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}: ${machine}, ${process.platform} ${process.arch},
Node.js ${process.versions.node}, PostgreSQL ${postgres}; ${places}.
Load average of the machine ${before} before and ${after} after.${part}
${plan.rounds} rounds, each with new processes, in mixed order; ${connections} keep-alive connections; in each round ${plan.slices} slices of ${plan.duration / 1000} s
for each figure, the first after ${warmUp / 1000} s of the same load, and ${firstWarmUp / 1000} s of all workloads before any. Medians over all slices.${leftOut.length === 0 ? "" : `\n\nNot there, and left out: ${leftOut.join(", ")}.`}`;
}

const reading = `- **The floor** is bare node:http: it answers the same, and checks, filters and logs nothing. **Hand-written** is node:http by hand with Kiln's
  logger and the same checks in Zod. A ratio is that of the CPU a request costs, user and system, of all processes of the server; it is
  taken within each slice.
- **bare**: no log lines and no request id. Kiln's id and context cannot be turned off. **production**: an id in a response header, the
  context of the request, one line when it comes, one from the handler, one when it is answered, each JSON with the id, written to a pipe
  that is read. Frameworks log as their own logger does by default, or with pino as it comes; FastAPI with Python's \`logging\`.
- All servers on Node and Bun use \`pg\` with the same prepared statements through a pool of 10; FastAPI uses asyncpg. Kiln's \`db.connection\`,
  which lends one connection for the whole request, costs more than its pool, which is measured here: see [NOTES.md](NOTES.md).
- Every server gives the same answers and refuses the same bad input; that is checked before anything is measured. What a response model
  checks differs: Kiln, Zod and Pydantic check types, Fastify's serialiser turns values into the type. FastAPI is the
  distribution's, in Debian 12 an old one on Pydantic 1; what a newer one on Pydantic 2 costs is not measured here.
- Requests a second and latencies are those of a closed loop that asks as fast as it is answered, so latency is mostly waiting for a turn.
  Where PostgreSQL answers, it shares its core with the load generator and may be what limits the rate; the CPU of the server is its own.
  Elsewhere the load generator never sleeps: to be woken by a server would be charged to the server.
- Start-up is from the start of the process to the first 200, on the server's core, with all ten workloads in the app; memory is the most
  that the processes had, after all workloads.`;

function versions({ plan }: Run): string {
  const contenders = new Set(plan.subjects.map(({ contender }) => contender));
  return tableOf(
    [...contenders].map(({ title, versions }) => ({
      server: title,
      versions: Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", "),
    })),
  );
}

/** The text of bench/RESULTS.md. */
export function report(run: Run): string {
  const { plan, figures } = run;
  const techEmpower = plan.workloads.filter(({ title }) => title.startsWith("TechEmpower"));
  const others = plan.workloads.filter((workload) => !techEmpower.includes(workload));
  const ratios = (mode: string, title: string, workloads: typeof others): string =>
    workloads.length === 0 ? "" : `### ${title}\n\n${ratioTable(plan, figures, mode, workloads)}\n`;
  const details = plan.workloads.map(
    (workload) => `### ${workload.title} (\`${workload.name}\`)\n\n${workloadTable(plan, figures, workload)}\n`,
  );
  return `# Kiln beside other servers

${about(run)}

![CPU of the server for a request, compared with bare node:http](results.svg)

## How to read it

${reading}

## CPU for a request, as a ratio to the floor

${[
  ratios("production", "production", others),
  ratios("bare", "bare", others),
  ratios("production", "TechEmpower's workloads, production", techEmpower),
  ratios("bare", "TechEmpower's workloads, bare", techEmpower),
]
  .filter((part) => part !== "")
  .join("\n")}
## Start-up and memory

${lifeTable(plan, figures)}

## All figures

${details.join("\n")}
## Versions

${versions(run)}
`;
}
