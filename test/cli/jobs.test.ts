import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { JobCounts, JobInfo, JobSchedule } from "kilnjs";
import { withClient } from "../../src/integrations/postgres/admin.ts";
import { sharedServer, until } from "../integrations/postgres/server.ts";
import { app } from "./programs/jobs-app.ts";
import { type Finished, project } from "./project.ts";

const shared = sharedServer();
const entry = fileURLToPath(new URL("./programs/jobs-app.ts", import.meta.url));
const nobody = "00000000-0000-4000-8000-000000000000";
// The address is known once the server runs.
const environment: Record<string, string> = { OTHER: "closed" };
const shop = project({}, environment);
let failed: string;
let waiting: string;
let delayed: string;

function kilnJobs(...args: readonly string[]): Promise<Finished> {
  return shop.kiln("jobs", ...args, "--entry", entry);
}

/** What a command says with `--json`. */
async function read<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await kilnJobs(...args, "--json");
  assert.equal(code, 0, stderr);
  // Each caller names what its command gives.
  return JSON.parse(stdout) as T;
}

function sql(text: string): Promise<{ readonly rows: readonly { readonly state?: string }[] }> {
  return withClient(shared.server.url(), (client) => client.query(text));
}

/** The states of a job's runs, in order: what a command says of them has a test of its own. */
async function statesOf(name: string): Promise<readonly (string | undefined)[]> {
  const { rows } = await sql(`select state::text from kiln_jobs.job where name = '${name}' order by state::text`);
  return rows.map(({ state }) => state);
}

async function enqueue(url: string, payload?: object, headers: Record<string, string> = {}): Promise<string> {
  const body = payload === undefined ? {} : { body: JSON.stringify(payload) };
  const type = payload === undefined ? {} : { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers: { ...type, ...headers }, ...body });
  return String(await answer.json());
}

function inWords({ stdout }: Finished): string[][] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
}

describe("kiln jobs", () => {
  before(async () => {
    environment.DATABASE_URL = shared.server.url();
    process.env.DATABASE_URL = environment.DATABASE_URL;
    await sql("create table cards (valid boolean)");
    const ran = await app.listen({ port: 0, jobs: true, signals: false });
    failed = await enqueue(`${ran.url}/charge`, { order: 7 });
    await enqueue(`${ran.url}/count`);
    const over = "select from kiln_jobs.job_common where state in ('completed', 'failed')";
    await until("both have run", async () => (await sql(over)).rows.length === 2);
    await ran.close();
    const kept = await app.listen({ port: 0, jobs: false, signals: false });
    waiting = await enqueue(`${kept.url}/count`, undefined, { "x-request-id": "request-7" });
    delayed = await enqueue(`${kept.url}/count-later`);
    await kept.close();
    delete process.env.DATABASE_URL;
  });

  test("jobs shows how many there are, since when they wait, and what failed last; nothing else of the app is opened", async () => {
    const shown = await kilnJobs();
    assert.equal(shown.stderr, "");
    assert.equal(shown.code, 0);
    const [heading, charge, count, nightly] = inWords(shown);
    assert.deepEqual(heading?.slice(0, 4), ["JOB", "WAITING", "DELAYED", "RUNNING"]);
    assert.deepEqual(charge?.slice(0, 7), ["charge", "0", "0", "0", "0", "1", "0"]);
    assert.match(charge?.at(-1) ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ GiveUp: The card of order 7 was declined$/);
    assert.deepEqual(count?.slice(0, 7), ["count", "1", "1", "0", "1", "0", "0"]);
    assert.match(count?.[7] ?? "", /^\d{4}-/);
    assert.equal(nightly?.[0], "nightly");
    const [first] = await read<readonly JobCounts[]>();
    assert.equal(first?.lastError?.id, failed);
  });

  test("jobs list filters by name and state, newest first, and pages", async () => {
    const all = await read<readonly JobInfo[]>("list");
    assert.deepEqual(
      all.map(({ name, state }) => `${name} ${state}`),
      ["count delayed", "count waiting", "count done", "charge failed"],
    );
    const states = await read<readonly JobInfo[]>("list", "--name", "count", "--state", "waiting");
    assert.deepEqual(
      states.map(({ id }) => id),
      [waiting],
    );
    const [newest] = await read<readonly JobInfo[]>("list", "--limit", "1");
    assert.equal(newest?.id, delayed);
    for (const before of [delayed, String(newest?.enqueuedAt)]) {
      const [next] = await read<readonly JobInfo[]>("list", "--limit", "1", "--before", before);
      assert.equal(next?.id, waiting);
    }
    const [, row] = inWords(await kilnJobs("list", "--state", "failed"));
    assert.deepEqual(row?.slice(0, 4), [failed, "charge", "failed", "1"]);
  });

  test("jobs show tells everything about one, and exits with 2 when there is none", async () => {
    const shown = await kilnJobs("show", failed);
    assert.match(shown.stdout, /^payload +\{"order":7\}$/m);
    assert.match(shown.stdout, /^error +GiveUp: The card of order 7 was declined\n +at /m);
    assert.match((await kilnJobs("show", waiting)).stdout, /^request +request-7$/m);
    const [done] = await read<readonly JobInfo[]>("list", "--state", "done");
    assert.match((await kilnJobs("show", String(done?.id))).stdout, /^result +\{"counted":3\}$/m);
    assert.deepEqual(await kilnJobs("show", nobody), { code: 2, stdout: "No job matches\n", stderr: "" });
    assert.equal((await kilnJobs("show", "7", "--json")).stdout, "null\n");
  });

  test("jobs schedule lists what the clock enqueues, and sets one off", async () => {
    const [nightly] = await read<readonly JobSchedule[]>("schedule", "--next", "2");
    assert.deepEqual([nightly?.name, nightly?.cron, nightly?.next.length], ["nightly", "0 3 * * *", 2]);
    const [, row] = inWords(await kilnJobs("schedule"));
    assert.deepEqual(row?.slice(0, 4), ["nightly", "0 3 * * *", "Europe/Vienna", "no"]);
    const { id } = await read<{ id: string }>("schedule", "--run", "nightly");
    assert.equal((await read<JobInfo>("show", id)).state, "waiting");
    assert.deepEqual(await kilnJobs("schedule", "--run", "nightly"), {
      code: 2,
      stdout: "nightly is there already\n",
      stderr: "",
    });
    const untimed = await kilnJobs("schedule", "--run", "count");
    assert.equal(untimed.code, 1);
    assert.match(untimed.stderr, /^KILN_JOBS_INVALID /);
  });

  test("jobs cancel and purge take those of a name and state, or by id", async () => {
    assert.equal((await kilnJobs("cancel", "--name", "count", "--state", "delayed")).stdout, "1 job cancelled\n");
    assert.deepEqual(await statesOf("count"), ["cancelled", "completed", "created"]);
    assert.deepEqual(await kilnJobs("cancel", delayed, nobody), { code: 2, stdout: "No job matches\n", stderr: "" });
    assert.deepEqual(await read("cancel", waiting), { count: 1 });
    assert.equal((await kilnJobs("purge", "--name", "count", "--state", "cancelled")).stdout, "2 jobs deleted\n");
    assert.deepEqual(await statesOf("count"), ["completed"]);
  });

  test("jobs retry lets a worker that runs take the failed ones at once", async () => {
    await sql("insert into cards values (true)");
    const worker = project({}, { DATABASE_URL: shared.server.url() }).serve("worker", entry);
    await worker.prints(/worker_ready/);
    assert.equal((await kilnJobs("retry", "--name", "charge")).stdout, "1 job will run again\n");
    await until("it is done", async () => (await statesOf("charge"))[0] === "completed");
    await worker.end("SIGTERM");
    assert.equal((await kilnJobs("retry", failed)).code, 2);
  });

  test("what does not fit is a mistake, with exit code 1", async () => {
    const mistakes = [
      [["list", "--name", "chrage"], /"chrage" is no job of this app\. Use one of charge, count, nightly/],
      [["retry"], /"jobs" are not chosen/],
      [["retry", failed, "--name", "charge"], /"--name" stands beside ids/],
      [["cancel", failed, "--state", "waiting"], /"--state" says nothing beside ids/],
      [["purge", "--name", "charge"], /"--name" alone would delete the jobs that wait, too/],
    ] as const;
    const found = await Promise.all(mistakes.map(([args]) => kilnJobs(...args)));
    for (const [i, [, message]] of mistakes.entries()) {
      const { code, stderr } = found[i] as Finished;
      assert.equal(code, 1);
      assert.match(stderr, /^KILN_CLI_JOBS /);
      assert.match(stderr, message);
    }
    assert.equal((await kilnJobs("list", "--state", "lost")).code, 1);
    const bare = project({ "src/main.ts": 'import { kiln } from "kilnjs";\nexport default kiln({ title: "Bare" });' });
    const { code, stderr } = await bare.kiln("jobs");
    assert.equal(code, 1);
    assert.match(stderr, /^KILN_CLI_JOBS in kiln jobs: "Bare" is an app without jobs/);
    const away = project({}, { DATABASE_URL: "postgres://127.0.0.1:1/none" });
    assert.match(
      (await away.kiln("jobs", "--entry", entry)).stderr,
      /^KILN_RESOURCE_OPEN in \S*jobs-app\.ts:\d+: .*KILN_POSTGRES_UNREACHABLE/,
    );
  });
});
