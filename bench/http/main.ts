// Kiln beside other frameworks: CPU of the server for a request, requests a second, latencies, memory and start-up.
//
// Run: npm run bench                 all of it, about 35 minutes, written to bench/RESULTS.md and bench/results.svg
//      SERVERS=raw,hand-written,kiln WORKLOADS=hello,post MODE=production npm run bench     a part, printed only
//
// ROUNDS (3) and SECONDS of a slice (1.5) may be set too; WRITE=1 writes the results of a part; KILN=build or source says
// what of Kiln runs: its sources by default for a part, else what is built before.
import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { checkServer } from "./check.ts";
import { contenders } from "./contenders.ts";
import { startDatabase } from "./database.ts";
import { measure, type Subject } from "./measure.ts";
import { chosenContenders, chosenWorkloads, duration, kilnFrom, modesOf, rounds } from "./options.ts";
import { leaveServerCore } from "./pinning.ts";
import { printTables } from "./report.ts";
import { startServer } from "./server.ts";

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

process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
if (kilnFrom === "build") build();
leaveServerCore();
const subjects = chosenContenders(contenders(kilnFrom)).flatMap((contender) =>
  modesOf(contender).map((mode) => ({ contender, mode })),
);
const load = loadavg()[0] ?? 0;
const database = await startDatabase();
try {
  await checkAll(subjects, database.url);
  console.log(`${subjects.length} servers give the right answers; load of the machine before: ${load.toFixed(1)}`);
  const plan = { subjects, workloads: chosenWorkloads, rounds, duration, databaseUrl: database.url };
  const figures = await measure(plan, (text) => console.log(text));
  printTables(plan, figures);
} finally {
  await database.end();
}
