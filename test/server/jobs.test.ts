// Job workers beside web workers, on an embedded database that the supervisor keeps for all of them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { assertNothingRuns, postmasterPid } from "../integrations/postgres/server.ts";
import { pidApp, pidOf, service } from "./service.ts";

const app = `import { job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { z } from "zod";
const db = postgres({ url: "embedded:.data/postgres?allowInProduction=true", max: 2 });
const note = job("note", { payload: z.object({ n: z.int() }), needs: {} }, async ({ payload }) => {
  console.log(JSON.stringify({ message: "ran", n: payload.n, pid: process.pid }));
});
export const app = kiln({ title: "Jobs", jobs: [note] });
app.get("/enqueue/:n", { needs: { db: db.connection, note } }, async ({ note }) => {
  await note({ n: 1 });
  return { pid: process.pid };
});
`;

test("jobs run in their own worker, which is replaced like the others; the database outlives all of them", async () => {
  const running = service(app, ["--workers", "1", "--jobs", "1"]);
  const { get, line, lines, worker, signal, server, project } = running;
  const web = await worker(1);
  const jobs = await line("worker_ready", ({ role }) => role === "jobs");
  const data = join(project.folder, ".data/postgres");
  const postmaster = postmasterPid(data);
  assert.equal(pidOf(await get("/enqueue/1")), web);
  assert.equal((await line("ran")).pid, jobs.worker_pid);
  // All at once: nobody but the supervisor then uses the database.
  process.kill(web, "SIGKILL");
  process.kill(Number(jobs.worker_pid), "SIGKILL");
  const again = await line("worker_ready", ({ role }) => role === "jobs", 2);
  await get("/enqueue/1");
  assert.equal((await line("ran", () => true, 2)).pid, again.worker_pid);
  signal("SIGHUP");
  assert.equal((await line("reloaded")).replaced, 2);
  await get("/enqueue/1");
  const last = await line("worker_ready", ({ role }) => role === "jobs", 3);
  assert.equal((await line("ran", () => true, 3)).pid, last.worker_pid);
  assert.equal(postmasterPid(data), postmaster);
  assert.deepEqual(await server.end("SIGTERM"), { code: null, signal: "SIGTERM" });
  const ended = lines.filter(({ message }) => message === "shut_down").map(({ worker, role }) => [worker, role]);
  // Both of the reload and both of the end.
  assert.deepEqual(ended.map(String).sort(), ["1,", "1,", "1,jobs", "1,jobs"]);
  assert.throws(() => process.kill(postmaster, 0), { code: "ESRCH" });
  await assertNothingRuns(data);
});

test("job workers of an app without jobs cannot start", async () => {
  const { server } = service(pidApp, ["--workers", "1", "--jobs", "1"]);
  assert.equal((await server.ended).code, 3);
  assert.match(server.printed, /KILN_START_BOOT.*jobs worker 1: KILN_CLI_WORKER/);
});
