// No SDK is registered in this process.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { basename } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { background, databaseTracer, depends, kiln } from "kilnjs";
import { testApp } from "kilnjs/testing";

test("without an SDK nothing is loaded, though the package is installed", async () => {
  const program = fileURLToPath(new URL("programs/modules.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=kilnjs-source", program]);
  const names = (JSON.parse(stdout) as string[]).map((url) => basename(url));
  assert.deepEqual(names.toSorted(), ["database-tracer.ts", "open.ts"]);
});

test("without an SDK Kiln calls the functions of the app themselves", async () => {
  const stacks: (string | undefined)[] = [];
  const note = (): void => void stacks.push(new Error("here").stack);
  const provider = depends({}, function* () {
    note();
    yield 1;
    note();
  });
  const app = kiln({ title: "Untraced" });
  app.get("/", { needs: { provider, background } }, ({ background }) => {
    note();
    background.add(note);
  });
  await using t = await testApp(app);
  await t.get("/");
  await t.idle();
  assert.equal(stacks.length, 4);
  for (const stack of stacks) assert.doesNotMatch(stack ?? "", /src.tracing/);
  assert.equal(databaseTracer(), undefined);
  assert.equal(t.logs.find("request_received")?.trace_id, undefined);
});

test("`tracing: true` refuses to start without an SDK", async () => {
  await assert.rejects(testApp(kiln({ title: "Traced", tracing: true })), { code: "KILN_TRACING_SDK" });
});

/** Stands in for what an SDK leaves behind when it registers itself. */
function register(t: TestContext, registered: object): void {
  const key = Symbol.for("opentelemetry.js.api.1");
  const globals = globalThis as { [key: symbol]: unknown };
  globals[key] = registered;
  t.after(() => {
    delete globals[key];
  });
}

test("an SDK that was registered with a copy of the API which Kiln does not see turns tracing off, and says so", async (t) => {
  // As an agent does that brings an older API along.
  register(t, { version: "1.2.0", trace: {} });
  const app = kiln({ title: "Traced" });
  app.get("/", {}, () => "hello");
  {
    await using running = await testApp(app);
    assert.equal((await running.get("/")).status, 200);
    assert.match(JSON.stringify(running.logs.find("tracing_off")), /1\.2\.0/);
  }
  await assert.rejects(testApp(kiln({ title: "Traced", tracing: true })), { code: "KILN_TRACING_SDK" });
});

test("an SDK without a context manager and a propagator is used, and the log says what it lacks", async (t) => {
  // A copy of the API accepts what a later version has registered.
  register(t, { version: "1.999.0", trace: { getTracer: () => ({}) } });
  await using running = await testApp(kiln({ title: "Traced" }));
  assert.deepEqual(running.logs.find("tracing_incomplete")?.missing, ["a context manager", "a propagator"]);
});
