import assert from "node:assert/strict";
import { test } from "node:test";
import { background, depends, job, kiln, query, resource } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { z } from "zod";

const nothing = (): void => {};

test("options that cannot work are refused where the job is declared", () => {
  assert.throws(() => job("a job", {}, nothing), { code: "KILN_JOBS_INVALID", message: /"a job" is no name/ });
  assert.throws(() => job("a", { timeout: "2 hours" as "2h" }, nothing), { message: /"2 hours" is no duration/ });
  assert.throws(() => job("a", { timeout: "2d" }, nothing), { message: /at most 23 hours/ });
  assert.throws(() => job("a", { cron: "every night" }, nothing), { message: /no cron expression/ });
  assert.throws(() => job("a", { cron: "0 3 * * *", timeZone: "Mars/North" }, nothing), { message: /no time zone/ });
  assert.throws(() => job("a", { concurrency: 0 }, nothing), { message: /concurrency: 0/ });
  assert.throws(() => job("a", { retry: { limit: -1 } }, nothing), { message: /retry\.limit: -1/ });
  const payload = resource({}, function* () {
    yield 1;
  });
  assert.throws(() => job("a", { needs: { payload } }, nothing), { code: "KILN_RESERVED_NAME" });
});

test("what only a request has is refused, with the chain to it", async () => {
  const page = depends({ page: query(z.int()) }, ({ page }) => page);
  const offset = depends({ page }, ({ page }) => page * 20);
  const paged = job("paged", { needs: { offset } }, nothing);
  await assert.rejects(testApp(kiln({ title: "Jobs", jobs: [paged] })), {
    code: "KILN_JOBS_NEEDS",
    message: /job\("paged"\) \(.*declaration\.test\.ts:\d+\) -> offset -> page -> page: "page" is a part of a request/,
  });
  const later = job("later", { needs: { background } }, nothing);
  await assert.rejects(testApp(kiln({ title: "Jobs", jobs: [later] })), { code: "KILN_JOBS_NEEDS" });
});

test("two jobs of one name are refused", async () => {
  const jobs = [job("twice", {}, nothing), job("twice", {}, nothing)];
  await assert.rejects(testApp(kiln({ title: "Jobs", jobs })), {
    code: "KILN_JOBS_INVALID",
    message: /another job too/,
  });
});

test("jobs need one database: none in production, or several, are errors that say what to do", async () => {
  const one = job("one", {}, nothing);
  await assert.rejects(testApp(kiln({ title: "Jobs", jobs: [one] }), { env: "production" }), {
    code: "KILN_JOBS_DATABASE",
    message: /"one" has no database/,
  });
  const [a, b] = [postgres({ url: "postgres://127.0.0.1:1/a" }), postgres({ url: "postgres://127.0.0.1:1/b" })];
  const two = job("two", { needs: { a: a.pool, b: b.pool } }, nothing);
  await assert.rejects(testApp(kiln({ title: "Jobs", jobs: [two] })), {
    code: "KILN_JOBS_DATABASE",
    message: /any of the 2 that the app opens\. Name the one/,
  });
});
