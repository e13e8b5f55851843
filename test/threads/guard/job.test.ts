import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { sharedServer } from "../../integrations/postgres/server.ts";

const shared = sharedServer();

test("a job that blocks is named, with its id in the line", async () => {
  const look = job("look", { retry: { limit: 0 } }, () => existsSync("/"));
  const app = kiln({ title: "Jobs", jobs: { list: [look], database: postgres({ url: shared.url }) } });
  app.post("/", { needs: { look } }, ({ look }) => look());
  const t = await testApp(app);
  const id: unknown = (await t.post("/")).json();
  await t.idle();
  const line = t.logs.find("sync_io");
  assert.deepEqual([line?.call, line?.job, line?.job_id], ["fs.existsSync", "look", id]);
  assert.equal((await t.jobs("look"))[0]?.state, "failed");
  await assert.rejects(t.close(), { code: "KILN_GUARD_SYNC_IO", message: /for job look: "fs\.existsSync" blocks/ });
});
