// Kiln beside other frameworks: CPU of the server for a request, requests a second, latencies, memory and start-up.
//
// Run: npm run bench                 all of it, about 35 minutes, written to bench/RESULTS.md and bench/results.svg
//      SERVERS=raw,hand-written,kiln WORKLOADS=hello,post MODE=production npm run bench     a part, printed only
//
// ROUNDS (3; 0 only checks), SLICES in a round (4) and SECONDS of a slice (0.5) may be set too; WRITE=1 writes the results of
// a part; KILN=build or source says what of Kiln runs: its sources by default for a part, else what is built before.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { chart } from "./chart.ts";
import { checkServer } from "./check.ts";
import { contenders } from "./contenders.ts";
import { startDatabase } from "./database.ts";
import { type Figures, measure, type Plan, type Subject } from "./measure.ts";
import { chosenContenders, chosenWorkloads, duration, kilnFrom, modesOf, rounds, slices, write } from "./options.ts";
import { leaveServerCore } from "./pinning.ts";
import { type Run, report } from "./report.ts";
import { startServer } from "./server.ts";
import { lifeTable, workloadTable } from "./tables.ts";

function build(): void {
  console.log("building Kiln");
  const { status } = spawnSync("npm", ["run", "build"], { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("npm run build failed");
}

async function checkAll(subjects: readonly Subject[], databaseUrl: string): Promise<void> {
  for (const { contender, mode } of subjects) {
    const server = await startServer(contender, mode, databaseUrl, "bench");
    try {
      await checkServer(server);
    } finally {
      await server.stop();
    }
  }
}

function printTables(plan: Plan, figures: Figures): void {
  for (const workload of plan.workloads) console.log(`\n${workload.title}\n${workloadTable(plan, figures, workload)}`);
  console.log(`\n${lifeTable(plan, figures)}`);
}

function writeResults(run: Run): void {
  const folder = new URL("../", import.meta.url);
  writeFileSync(new URL("RESULTS.md", folder), report(run));
  const drawn = chart(run.plan, run.figures, new Date().toISOString().slice(0, 10));
  if (drawn !== undefined) writeFileSync(new URL("results.svg", folder), drawn);
}

process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
if (kilnFrom === "build") build();
leaveServerCore();
const loadNow = (): number => loadavg()[0] ?? 0;
const { present, leftOut } = chosenContenders(contenders(kilnFrom));
const subjects = present.flatMap((contender) => modesOf(contender).map((mode) => ({ contender, mode })));
const database = await startDatabase();
try {
  await checkAll(subjects, database.url);
  const before = loadNow();
  console.log(`${subjects.length} servers give the right answers; load of the machine: ${before.toFixed(1)}`);
  const plan: Plan = { subjects, workloads: chosenWorkloads, rounds, slices, duration, databaseUrl: database.url };
  const figures = await measure(plan, (text) => console.log(text));
  if (rounds > 0) printTables(plan, figures);
  if (write) writeResults({ plan, figures, postgres: database.version, loads: [before, loadNow()], leftOut });
} finally {
  await database.end();
}
