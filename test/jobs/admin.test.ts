import assert from "node:assert/strict";
import { test } from "node:test";
import { type JobAdmin, type JobInfo, job, jobAdmin, kiln, path } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { sharedServer } from "../integrations/postgres/server.ts";

const shared = sharedServer();

test("list, show, retry, cancel and purge by id, name and state", async () => {
  const db = postgres({ url: shared.url });
  let broken = true;
  const needs = { pool: db.pool };
  const fragile = job("fragile", { payload: z.int(), needs, retry: { limit: 0 } }, ({ payload }) => {
    if (broken) throw new Error(`number ${payload}`);
  });
  const other = job("other", { needs }, () => {});
  const app = kiln({ title: "Admin" });
  app.post("/", { needs: { fragile, other } }, async ({ fragile, other }) => {
    const ids = [await fragile(1), await fragile(2), await fragile(3, { delay: "1h" })];
    await other(undefined, { delay: "1h" });
    return ids;
  });
  let admin: JobAdmin | undefined;
  app.get("/admin", { needs: { jobs: jobAdmin } }, ({ jobs }) => {
    admin = jobs;
  });
  await using t = await testApp(app);
  const [first = "", second = "", third = ""] = (await t.post("/")).json() as string[];
  await t.idle();
  await t.get("/admin");
  assert.ok(admin);

  const counts = await admin.counts();
  assert.deepEqual(
    counts.map(({ name, counts }) => [name, counts.failed, counts.delayed]),
    [
      ["fragile", 2, 1],
      ["other", 0, 1],
    ],
  );
  assert.match(counts[0]?.lastError?.message ?? "", /^number [12]$/);
  assert.equal((await admin.list()).length, 4);
  assert.deepEqual(
    (await admin.list({ name: "fragile", state: "failed" })).map(({ id }) => id),
    [second, first],
  );
  assert.equal((await admin.list({ limit: 1 })).length, 1);
  assert.deepEqual(await admin.list({ name: "unknown" }), []);
  await assert.rejects(admin.list({ state: "lost" as "failed" }), { code: "KILN_JOBS_INVALID" });
  assert.equal((await admin.show(third))?.state, "delayed");
  assert.equal(await admin.show("no id"), undefined);

  broken = false;
  assert.equal(await admin.retry({ ids: [first, third] }), 1);
  await t.idle();
  assert.equal((await admin.show(first))?.state, "done");
  assert.equal((await admin.show(first))?.attempts, 2);
  assert.equal(await admin.cancel({ name: "fragile" }), 1);
  assert.equal((await admin.show(third))?.state, "cancelled");
  assert.equal(await admin.retry({ name: "fragile", state: "cancelled" }), 1);
  assert.equal((await admin.show(third))?.state, "delayed");
  assert.equal(await admin.purge({ name: "fragile", state: "failed" }), 1);
  assert.equal(await admin.show(second), undefined);
  assert.equal(await admin.purge({ ids: [first, third] }), 2);
  assert.equal((await admin.list()).length, 1);
});

test("pages follow each other without a gap, also through jobs of one transaction", async () => {
  const db = postgres({ url: shared.url });
  const paged = job("paged", { payload: z.int() }, () => {});
  const app = kiln({ title: "Pages" });
  app.post("/", { needs: { paged, tx: db.transaction } }, async ({ paged, tx }) => {
    for (let n = 0; n < 10; n++) await paged(n, { tx });
  });
  const before = path(z.string());
  app.get("/after/:before", { needs: { before, jobs: jobAdmin } }, ({ before, jobs }) =>
    jobs.list({ name: "paged", limit: 3, ...(before === "start" ? {} : { before }) }),
  );
  await using t = await testApp(app, { jobs: "off" });
  await t.post("/");
  const seen: unknown[] = [];
  for (let last = "start"; ; ) {
    const page = (await t.get(`/after/${last}`)).json() as JobInfo[];
    if (page.length === 0) break;
    seen.push(...page.map(({ payload }) => payload));
    last = page.at(-1)?.id ?? "";
  }
  assert.deepEqual(seen.sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual((await t.get("/after/nothing")).json(), []);
});
