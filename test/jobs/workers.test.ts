import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { z } from "zod";
import { withClient } from "../../src/integrations/postgres/admin.ts";
import { project, type Serving } from "../cli/project.ts";
import { sharedServer, until } from "../integrations/postgres/server.ts";
import { app } from "./programs/worker-app.ts";

const shared = sharedServer();
const entry = fileURLToPath(new URL("./programs/worker-app.ts", import.meta.url));
let databases = 0;

interface Shown {
  readonly state: string;
  readonly attempts: number;
  readonly progress?: number;
  readonly note?: string;
}

/** A web process that only enqueues (this one), and workers that share its database. */
async function fleet() {
  databases += 1;
  const env = { DATABASE_URL: `${shared.url}?database=fleet${databases}`, NODE_ENV: "test" };
  process.env.DATABASE_URL = env.DATABASE_URL;
  const database = shared.server.url(`fleet${databases}`);
  const web = await app.listen({ port: 0, jobs: false, signals: false });
  const call = async (path: string, payload?: object): Promise<unknown> => {
    const body = payload === undefined ? {} : { method: "POST", body: JSON.stringify(payload) };
    const answer = await fetch(`${web.url}${path}`, { headers: { "content-type": "application/json" }, ...body });
    assert.ok(answer.status < 300, `${path} answered ${answer.status}`);
    return answer.json();
  };
  // The app returns these fields.
  const show = async (id: string): Promise<Shown> => (await call(`/jobs/${id}`)) as Shown;
  return {
    worker: async (): Promise<Serving> => {
      const worker = project({}, env).serve("worker", entry);
      await worker.prints(/worker_ready/);
      return worker;
    },
    hold: async (payload: object): Promise<string> => String(await call("/hold", payload)),
    show,
    /** How long ago somebody last said that a job is alive, in milliseconds. */
    silence: (): Promise<number> =>
      withClient(database, async (client) => {
        const { rows } = await client.query<{ age: number }>(
          "select extract(epoch from clock_timestamp() - heartbeat_on)::float8 * 1000 as age from kiln_jobs.job where state = 'active'",
        );
        return rows[0]?.age ?? 0;
      }),
    notify: (message: object): Promise<unknown> =>
      withClient(database, (client) =>
        client.query("select pg_notify('kiln_kiln_jobs', $1)", [JSON.stringify(message)]),
      ),
    cancel: (id: string): Promise<unknown> => call(`/jobs/${id}/cancel`, {}),
    done: (id: string): Promise<void> => until(`${id} is done`, async () => (await show(id)).state === "done"),
    [Symbol.asyncDispose]: () => web.close(),
  };
}

after(() => {
  delete process.env.DATABASE_URL;
});

test("the jobs of a killed worker are taken over within seconds; those of a blocked one are not", async () => {
  await using all = await fleet();
  const [blocked, killed] = [await all.worker(), await all.worker()];
  // Longer than a worker may be silent, and long enough for the next job to come meanwhile, which is then not this worker's.
  const patient = await all.hold({ milliseconds: 4_000, block: true });
  const began = new RegExp(`holding ${patient} attempt 1`);
  await Promise.race([blocked.prints(began), killed.prints(began)]);
  const [first, second] = began.test(blocked.printed) ? [blocked, killed] : [killed, blocked];
  const doomed = await all.hold({ milliseconds: 60_000 });
  await second.prints(new RegExp(`holding ${doomed} attempt 1`));
  await until("its progress is kept", async () => (await all.show(doomed)).progress === 10);
  assert.deepEqual((({ state, note }) => ({ state, note }))(await all.show(doomed)), {
    state: "running",
    note: "begun",
  });
  await second.end("SIGKILL");
  const third = await all.worker();
  await third.prints(new RegExp(`holding ${doomed} attempt 2`));
  assert.equal((await all.show(doomed)).attempts, 2);
  await all.done(patient);
  assert.equal((await all.show(patient)).attempts, 1);
  assert.doesNotMatch(first.printed, /job_lost/);
  // A job that is cancelled is aborted where it runs.
  assert.equal(await all.cancel(doomed), 1);
  await third.prints(/job_cancelled/);
  assert.equal((await all.show(doomed)).state, "cancelled");
});

test("a worker that stood still keeps its jobs when nobody has taken them, and what it lost it cannot change", async () => {
  await using all = await fleet();
  const first = await all.worker();
  const id = await all.hold({ milliseconds: 60_000 });
  await first.prints(new RegExp(`holding ${id} attempt 1`));
  first.process.kill("SIGSTOP");
  await until("it has been silent for long", async () => (await all.silence()) > 2_000);
  // The first thing it hears of is a reason to look, and what it sees is its own silence.
  await all.notify({ later: "hold" });
  first.process.kill("SIGCONT");
  await until("it speaks again", async () => (await all.silence()) < 500);
  const { state, attempts } = await all.show(id);
  assert.deepEqual([state, attempts], ["running", 1]);
  assert.doesNotMatch(first.printed, /jobs_taken_over|job_lost/);

  const second = await all.worker();
  first.process.kill("SIGSTOP");
  await second.prints(new RegExp(`holding ${id} attempt 2`));
  first.process.kill("SIGCONT");
  await first.prints(/job_lost/);
  const later = await all.show(id);
  assert.deepEqual([later.state, later.attempts], ["running", 2]);
  assert.equal(await all.cancel(id), 1);
  await second.prints(/job_cancelled/);
});

test("a group is kept to by all workers together", async () => {
  const url = `${shared.url}?database=groups`;
  let now = 0;
  let most = 0;
  let done = 0;
  const apps = [1, 2, 3, 4].map(() => {
    const db = postgres({ url });
    const work = job("work", { payload: z.int(), groupConcurrency: 2 }, async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      done += 1;
    });
    const app = kiln({ title: "Groups", jobs: { list: [work], database: db }, logging: { level: "silent" } });
    return app.post("/", { needs: { tx: db.transaction, work } }, async ({ tx, work }) => {
      for (let n = 0; n < 60; n++) await work(n, { tx, group: "one" });
    });
  });
  const running = await Promise.all(apps.map((app) => app.listen({ port: 0, signals: false })));
  await fetch(running[0]?.url ?? "", { method: "POST" });
  await until("all have run", () => done === 60);
  assert.equal(most, 2);
  await Promise.all(running.map((each) => each.close()));
});

test("a worker that is told to stop lets its job finish, takes no other, and gives back what takes too long", async () => {
  await using all = await fleet();
  const first = await all.worker();
  const short = await all.hold({ milliseconds: 300 });
  await first.prints(/holding/);
  const waiting = await all.hold({ milliseconds: 0 });
  assert.deepEqual(await first.end("SIGTERM"), { code: null, signal: "SIGTERM" });
  assert.equal((await all.show(short)).state, "done");
  assert.equal((await all.show(waiting)).state, "waiting");
  const second = await all.worker();
  await all.done(waiting);
  const long = await all.hold({ milliseconds: 120_000 });
  await second.prints(new RegExp(`holding ${long}`));
  await until("it runs", async () => (await all.show(long)).state === "running");
  await second.end("SIGTERM");
  assert.match(second.printed, /job_returned/);
  const back = await all.show(long);
  assert.deepEqual([back.state, back.attempts], ["waiting", 0]);
});

test("many processes may open the same empty database at once", async () => {
  const url = `${shared.url}?database=many`;
  const names = Array.from({ length: 8 }, (_, i) => `job-${i}`);
  const ran = new Set<string>();
  const apps = names.map(() => {
    const db = postgres({ url, max: 2 });
    const jobs = names.map((name) =>
      job(name, { needs: { pool: db.pool } }, ({ id }) => {
        ran.add(id);
      }),
    );
    const app = kiln({ title: "Many", jobs, logging: { level: "silent" } });
    for (const each of jobs) app.post(`/${each.name}`, { needs: { each } }, ({ each }) => each());
    return app;
  });
  const opened = await Promise.all(apps.map((app) => app.listen({ port: 0, signals: false })));
  const ids = await Promise.all(
    opened.map(async ({ url }, i) => (await fetch(`${url}/${names[i]}`, { method: "POST" })).json()),
  );
  await until("all have run", () => ids.every((id) => ran.has(String(id))));
  assert.equal(ran.size, names.length);
  await Promise.all(opened.map((listening) => listening.close()));
});

test("a worker opens no debugger at USR1, and HUP ends it in order", async () => {
  await using all = await fleet();
  const worker = await all.worker();
  worker.process.kill("SIGUSR1");
  const id = await all.hold({ milliseconds: 100 });
  await all.done(id);
  assert.equal((await worker.end("SIGHUP")).signal, "SIGTERM");
  assert.match(worker.printed, /shut_down/);
  assert.doesNotMatch(worker.printed, /Debugger/);
});
