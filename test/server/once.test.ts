// Start-up work that is marked once runs in one process, however many serve.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kiln, resource } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { pidOf, service } from "./service.ts";

const app = `import { kiln, resource } from "kilnjs";
const filled = resource({}, async function* filled() {
  console.log(JSON.stringify({ message: "filled", pid: process.pid }));
  yield "here";
  console.log(JSON.stringify({ message: "closed", pid: process.pid }));
}, { once: true });
export const app = kiln({ title: "Once" });
app.get("/", { needs: { filled } }, ({ filled }) => ({ pid: process.pid, filled: filled ?? "elsewhere" }));
`;

test("of several workers the first does it, and again with new code, but not when one is replaced", async () => {
  const { get, line, worker, signal, lines } = service(app, ["--workers", "2"]);
  const [first] = await Promise.all([worker(1), worker(2)]);
  const answers = [JSON.parse((await get("/")).text), JSON.parse((await get("/")).text)];
  const where = new Map(answers.map(({ pid, filled }) => [pid, filled]));
  assert.equal(where.size, 2);
  for (const [pid, filled] of where) assert.equal(filled, pid === first ? "here" : "elsewhere");
  process.kill(first, "SIGKILL");
  await worker(1, 2);
  signal("SIGHUP");
  await line("reloaded");
  const filled = lines.filter(({ message }) => message === "filled").map(({ pid }) => pid);
  assert.deepEqual(filled, [first, await worker(1, 3)]);
});

test("a single process, and a test, do it themselves", async () => {
  const { get, line } = service(app, []);
  assert.equal((await line("filled")).pid, pidOf(await get("/")));
  const once = resource(
    {},
    function* once() {
      yield 7;
    },
    { once: true },
  );
  const own = kiln({ title: "Own" });
  own.get("/", { needs: { once } }, ({ once = 0 }) => once + 1);
  await using t = await testApp(own);
  assert.equal(await (await t.get("/")).json(), 8);
});
