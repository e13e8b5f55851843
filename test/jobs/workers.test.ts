import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
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
  // Longer than a worker may be silent.
  const patient = await all.hold({ milliseconds: 8_000, block: true });
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
