// Log lines that are written in a thread.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { kiln, log } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { newFlags, running } from "./programs/flags.ts";
import { bindAndFail, lastWords, talk } from "./programs/logging.ts";

function talker() {
  const app = kiln({ title: "Talk", logging: { level: "info" } });
  app.get("/talk/:n", {}, async () => {
    log.bind({ who: "ann" });
    log.info("before");
    const said = await talk(50);
    log.info("after");
    return said;
  });
  app.get("/kinds", {}, async () => {
    await bindAndFail();
    log.info("afterwards");
  });
  return app;
}

test("they carry the caller's request id and fields, in order, before the result is there", async () => {
  await using t = await testApp(talker());
  const answers = await Promise.all([1, 2, 3].map((n) => t.get(`/talk/${n}`)));
  for (const { headers } of answers) {
    const lines = t.logs.filter((line) => line.request_id === headers.get("x-request-id"));
    const said = lines.filter(({ who }) => who === "ann").map(({ message, i }) => (i === undefined ? message : i));
    assert.deepEqual(said.slice(0, 52), ["before", ...Array.from({ length: 50 }, (_, i) => i), "after"]);
  }
});

test("levels, bound fields, children, errors and secrets are as in the main thread", async () => {
  await using t = await testApp(talker());
  await t.get("/kinds");
  const child = t.logs.find("from_child");
  assert.deepEqual([child?.part, child?.password, child?.step, child?.level], ["child", "***", 2, "warn"]);
  assert.doesNotMatch(String(child?.url), /:p@/);
  const error = (t.logs.find("from_error")?.err ?? {}) as {
    type: string;
    stack: string;
    limit: number;
    cause: { message: string };
  };
  assert.deepEqual([error.type, error.limit, error.cause.message], ["RangeError", 7, "deep"]);
  assert.match(error.stack, /programs\/logging\.ts/);
  const fields = t.logs.find("from_fields");
  assert.deepEqual(
    [Reflect.get(fields?.err ?? {}, "type"), fields?.n, fields?.when],
    ["TypeError", "1", new Date(0).toJSON()],
  );
  assert.equal(t.logs.find("from_debug"), undefined);
  assert.ok(t.logs.find("only text"));
  assert.deepEqual([t.logs.find("levels")?.debug, t.logs.find("levels")?.info], [false, true]);
  assert.equal(t.logs.find("afterwards")?.step, 2);
});

test("a thread that dies, or is stopped, has its last line written", async () => {
  const app = kiln({ title: "Last" });
  const gone = new AbortController();
  const flags = newFlags();
  app.get("/dies", {}, () => lastWords(undefined));
  app.get("/stopped", {}, () => lastWords.with({ signal: gone.signal })(flags));
  await using t = await testApp(app);
  const dies = await t.get("/dies");
  assert.equal(dies.status, 500);
  assert.equal(t.logs.find("last words")?.request_id, dies.headers.get("x-request-id"));
  const stopped = t.get("/stopped");
  await running(flags);
  gone.abort();
  const id = (await stopped).headers.get("x-request-id");
  // The line was on its way; a turn of the loop brings it, or this test is ended by its timeout.
  while (t.logs.find({ message: "last words", request_id: id }) === undefined) await setImmediate();
});
