// Jobs whose handler is a blocking() function.
import assert from "node:assert/strict";
import { test } from "node:test";
import { batchJob, job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { sharedServer } from "../integrations/postgres/server.ts";
import { count, countAll, countOn } from "./programs/in-threads.ts";

const shared = sharedServer();

test("a blocking() function is the handler of a job, and gets what can cross to a thread", async () => {
  const one = job("count", { payload: z.object({ text: z.string() }), returns: z.string() }, count);
  const many = batchJob("count-all", { payload: z.string(), batch: 10 }, countAll);
  const late = job("count-on", { timeout: "1s", retry: { limit: 0 } }, countOn);
  const app = kiln({ title: "Jobs", jobs: { list: [one, many, late], database: postgres({ url: shared.url }) } });
  app.post("/", { needs: { one, many, late } }, async ({ one, many, late }) => {
    await one({ text: "abc" });
    await many("ab");
    await late();
  });
  await using t = await testApp(app);
  const id = (await t.post("/")).headers.get("x-request-id");
  await t.idle();
  const [counted] = await t.jobs("count");
  assert.deepEqual([counted?.state, counted?.result], ["done", "3 letters, attempt 1, in a thread"]);
  assert.deepEqual([t.logs.find("counting")?.job, t.logs.find("counting")?.request_id], ["count", id]);
  assert.equal(t.logs.find("counted_all")?.letters, 2);
  assert.equal((await t.jobs("count-on"))[0]?.state, "failed");
});
