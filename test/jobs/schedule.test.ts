import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnyJob, type App, job, jobAdmin, kiln } from "kilnjs";
import { type Postgres, postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { sharedServer, until } from "../integrations/postgres/server.ts";

const shared = sharedServer();

function nightly(db: Postgres, ran: string[], options: { catchUp?: boolean } = {}): App {
  const night = job(
    "night",
    { cron: "0 3 * * *", timeZone: "Europe/Vienna", payload: z.string(), cronPayload: "tags", ...options },
    ({ payload }) => {
      ran.push(payload);
    },
  );
  const app = kiln({ title: "Nights", jobs: { list: [night], database: db } });
  app.get("/schedule", { needs: { jobs: jobAdmin } }, ({ jobs }) => jobs.schedule(2));
  return app;
}

test("a job with cron runs at its moments in its time zone", async () => {
  const ran: string[] = [];
  await using t = await testApp(nightly(postgres({ url: shared.url }), ran));
  await t.idle();
  assert.deepEqual(ran, []);
  await t.advance("1d");
  await t.idle();
  assert.deepEqual(ran, ["tags"]);
  await t.advance("3d");
  await t.idle();
  assert.equal(ran.length, 4);
  const [shown] = (await t.get("/schedule")).json() as [{ name: string; timeZone: string; next: string[] }];
  assert.deepEqual([shown.name, shown.timeZone, shown.next.length], ["night", "Europe/Vienna", 2]);
  const hours = new Intl.DateTimeFormat("en", { timeZone: "Europe/Vienna", hour: "numeric", hourCycle: "h23" });
  for (const moment of shown.next) assert.equal(hours.format(new Date(moment)), "03");
});

test("by its own clock, and once however many workers there are", async () => {
  const url = `${shared.url}?database=seconds`;
  const ran: string[] = [];
  const apps = [1, 2, 3].map(() => {
    const tick = job("tick", { cron: "* * * * * *" }, ({ id }) => {
      ran.push(id);
    });
    const database = postgres({ url, max: 2 });
    return kiln({ title: "Ticks", jobs: { list: [tick], database }, logging: { level: "silent" } });
  });
  const running = await Promise.all(apps.map((app) => app.listen({ port: 0, signals: false })));
  const begun = Date.now();
  await until("it has run twice", () => ran.length >= 2);
  const seconds = Math.ceil((Date.now() - begun) / 1000) + 1;
  await Promise.all(running.map((each) => each.close()));
  assert.equal(new Set(ran).size, ran.length);
  assert.ok(ran.length <= seconds, `${ran.length} runs in ${seconds} s`);
});

test("a moment at which no worker was there is skipped, or made up for once", async () => {
  for (const catchUp of [false, true]) {
    const db = postgres({ url: `${shared.url}?database=${catchUp ? "caught" : "skipped"}` });
    const ran: string[] = [];
    const first = await nightly(db, ran, { catchUp }).listen({ port: 0, signals: false });
    await until("the clock is followed", async () => {
      const [shown] = (await (await fetch(`${first.url}/schedule`)).json()) as [{ last?: string }];
      return shown.last !== undefined;
    });
    await first.close();
    // As if nobody had been there for three days.
    const away = kiln({ title: "Away", logging: { level: "silent" } });
    away.post("/", { needs: { pool: db.pool } }, async ({ pool }) => {
      await pool.query("update kiln_jobs.kiln_schedule set last = last - interval '3 days'");
    });
    const between = await away.listen({ port: 0, signals: false, jobs: false });
    await fetch(between.url, { method: "POST" });
    await between.close();
    const again = nightly(db, ran, { catchUp });
    again.get("/counts", { needs: { jobs: jobAdmin } }, ({ jobs }) => jobs.counts());
    const second = await again.listen({ port: 0, signals: false });
    if (catchUp) await until("it is made up for", () => ran.length > 0);
    await second.close();
    assert.equal(ran.length, catchUp ? 1 : 0);
  }
});

test("a cron without a moment and a payload that does not fit are found when the app starts", async () => {
  const start = (one: AnyJob): Promise<unknown> =>
    testApp(kiln({ title: "Wrong", jobs: { list: [one], database: postgres({ url: shared.url }) } }));
  const nothing = (): void => {};
  for (const cron of ["99 3 * * *", "0 0 30 2 *", "a b c d e"]) {
    const message = /-> cron: ".+" has no moment/;
    await assert.rejects(start(job("wrong", { cron }, nothing)), { code: "KILN_JOBS_INVALID", message });
  }
  const unpaid = job("unpaid", { cron: "0 3 * * *", payload: z.object({ n: z.int() }) }, nothing);
  await assert.rejects(start(unpaid), { code: "KILN_JOBS_PAYLOAD", message: /-> cronPayload: / });
});

test("each night has one moment, also when the clock is put forward over it or back", async () => {
  const night = job("night", { cron: "30 2 * * *", timeZone: "Europe/Vienna" }, () => {});
  const app = kiln({ title: "Nights", jobs: { list: [night], database: postgres({ url: shared.url }) } });
  app.get("/", { needs: { jobs: jobAdmin } }, async ({ jobs }) => (await jobs.schedule(400))[0]?.next);
  await using t = await testApp(app, { jobs: "off" });
  const answer = await t.get("/");
  assert.equal(answer.status, 200, JSON.stringify(t.logs.filter({ level: "error" })));
  const moments = answer.json() as string[];
  const days = new Intl.DateTimeFormat("en", { timeZone: "Europe/Vienna", dateStyle: "short" });
  // 400 nights, both changes of the clock among them: one moment on each day.
  assert.equal(new Set(moments.map((moment) => days.format(new Date(moment)))).size, 400);
});
