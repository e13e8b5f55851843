import assert from "node:assert/strict";
import { test } from "node:test";
import { Accepted, type App, accepted, datetime, depends, GiveUp, header, job, jobStatus, kiln, query } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";
import { sharedServer } from "../integrations/postgres/server.ts";

const shared = sharedServer();
const user = depends({ user: header(z.string(), { name: "x-user" }) }, ({ user }) => user);
let release: () => void = () => {};

function make(): App {
  const db = postgres({ url: shared.url });
  const build = job(
    "build-export",
    {
      payload: z.object({ user: z.string(), how: z.enum(["well", "badly", "hopelessly"]) }),
      needs: { pool: db.pool },
      returns: z.object({ rows: z.int(), at: datetime() }),
      retry: { limit: 0 },
    },
    async ({ payload, progress }) => {
      progress(40, "half way");
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      if (payload.how === "badly") throw new Error("the secret place is full");
      if (payload.how === "hopelessly") throw new GiveUp("There is nothing to export");
      return { rows: 3, at: new Date("2026-01-02T03:04:05Z") };
    },
  );
  const status = jobStatus(build, { needs: { user }, allow: ({ user, payload }) => user === payload.user });
  const app = kiln({ title: "Exports", rootPath: "/api" });
  app.post(
    "/exports",
    { needs: { user, how: query(z.enum(["well", "badly", "hopelessly"])), build }, returns: { 202: Accepted } },
    ({ user, how, build }) => accepted(build, { user, how }, { retryAfter: 2 }),
  );
  return app.include(status, { prefix: "/exports" });
}

const ada = { headers: { "x-user": "ada" } };

bothWays("accepted work is answered with where it can be followed, to whom it is for", make, async (t) => {
  const answer = await t.post("/exports?how=well", ada);
  assert.equal(answer.status, 202);
  const { id, status } = answer.json() as { id: string; status: string };
  assert.equal(status, `/api/exports/${id}`);
  assert.equal(answer.headers.get("location"), status);
  assert.equal(answer.headers.get("retry-after"), "2");
  const ask = `/exports/${id}`;
  let shown = await t.get(ask, ada);
  while ((shown.json() as { progress?: number }).progress === undefined) shown = await t.get(ask, ada);
  assert.deepEqual(shown.json(), { id, state: "running", progress: 40, note: "half way" });
  assert.equal(shown.headers.get("retry-after"), "1");
  assert.equal((await t.get(ask, { headers: { "x-user": "bob" } })).status, 404);
  assert.equal((await t.get(ask)).status, 422);
  assert.equal((await t.get("/exports/7", ada)).status, 404);
  const streaming = t.get(`${ask}/events`, ada);
  release();
  await t.idle();
  assert.deepEqual((await t.get(ask, ada)).json(), {
    id,
    state: "done",
    result: { rows: 3, at: "2026-01-02T03:04:05.000Z" },
  });
  const stream = await streaming;
  assert.match(stream.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.match(stream.text(), /event: done\ndata: .*"rows":3/);
  assert.match((await t.get(`${ask}/events`, ada)).text(), /event: done/);
});

bothWays("a failure is told without what is nobody's business", make, async (t) => {
  for (const [how, problem] of [
    ["badly", { title: "The work has failed" }],
    ["hopelessly", { title: "The work was given up", detail: "There is nothing to export" }],
  ] as const) {
    const { id } = (await t.post(`/exports?how=${how}`, ada)).json() as { id: string };
    const ask = `/exports/${id}`;
    while (((await t.get(ask, ada)).json() as { progress?: number }).progress === undefined);
    release();
    await t.idle();
    assert.deepEqual((await t.get(ask, ada)).json(), { id, state: "failed", problem });
  }
});

test("accepted() without a status route is an error, and enqueues nothing", async () => {
  const db = postgres({ url: shared.url });
  const build = job("lonely", { needs: { pool: db.pool } }, () => {});
  const app = kiln({ title: "Lonely" });
  app.post("/", { needs: { build }, returns: { 202: Accepted } }, ({ build }) => accepted(build, undefined));
  await using t = await testApp(app);
  assert.equal((await t.post("/")).status, 500);
  assert.match(JSON.stringify(t.logs.find("request_failed") ?? t.logs.lines), /KILN_JOBS_STATUS/);
  assert.deepEqual(await t.jobs("lonely"), []);
});

test("the document shows both routes", async () => {
  await using t = await testApp(make(), { env: "development" });
  const document = (await t.get("/openapi.json")).json() as {
    paths: Record<string, Record<string, { responses: Record<string, { headers?: object; content?: object }> }>>;
    components: { schemas: Record<string, unknown> };
  };
  const { headers = {} } = document.paths["/exports"]?.post?.responses["202"] ?? {};
  assert.deepEqual(Object.keys(headers), ["Location", "Retry-After"]);
  assert.ok(document.paths["/exports/{jobId}"]?.get?.responses["404"]);
  const { content = {} } = document.paths["/exports/{jobId}/events"]?.get?.responses["200"] ?? {};
  assert.deepEqual(Object.keys(content), ["text/event-stream"]);
  assert.ok(document.components.schemas.BuildExportStatus);
});

test("a path with other parameters is filled in, and nothing is enqueued when one has no value", async () => {
  const db = postgres({ url: shared.url });
  const build = job("scoped", { needs: { pool: db.pool } }, () => {});
  const app = kiln({ title: "Scoped" });
  const params = { shop: "a/b" };
  app.post("/with", { needs: { build }, returns: { 202: Accepted } }, ({ build }) =>
    accepted(build, undefined, { params }),
  );
  app.post("/without", { needs: { build }, returns: { 202: Accepted } }, ({ build }) => accepted(build, undefined));
  app.include(jobStatus(build), { prefix: "/shops/:shop/exports" });
  await using t = await testApp(app, { jobs: "off" });
  const location = (await t.post("/with")).headers.get("location") ?? "";
  assert.match(location, /^\/shops\/a%2Fb\/exports\/[0-9a-f-]{36}$/);
  assert.equal((await t.get(location)).status, 200);
  assert.equal((await t.post("/without")).status, 500);
  assert.match(JSON.stringify(t.logs.lines), /KILN_JOBS_STATUS in accepted\(\): \\"shop\\" stands in the path/);
  assert.equal((await t.jobs("scoped")).length, 1);
});

test("a payload that cannot be read any more is nobody's", async () => {
  const db = postgres({ url: shared.url });
  const build = job("read", { payload: z.object({ user: z.string() }) }, () => {});
  const app = kiln({ title: "Old", jobs: { list: [build], database: db } });
  app.post("/", { needs: { build, pool: db.pool } }, async ({ build, pool }) => {
    const id = await build({ user: "ada" });
    await pool.query(`update kiln_jobs.job set data = '{"payload": {"owner": "ada"}}' where id = $1`, [id]);
    return id;
  });
  app.include(jobStatus(build, { allow: () => true }), { prefix: "/jobs" });
  await using t = await testApp(app, { jobs: "off" });
  const id = (await t.post("/")).json() as string;
  assert.equal((await t.get(`/jobs/${id}`)).status, 404);
});
