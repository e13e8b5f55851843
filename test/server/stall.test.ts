// A worker whose loop does not turn any more: its stack is logged, it is killed and replaced, and the others never pause.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pidOf, service } from "./service.ts";

const app = `import { kiln } from "kilnjs";
export const app = kiln({ title: "Spinning" });
app.get("/", {}, () => ({ pid: process.pid }));
app.get("/spin", {}, function spinForEver() {
  for (;;);
});
`;

test("a worker that hangs is named with its line, killed and replaced; the other serves on", async () => {
  const { get, line, worker, lines } = service(app, ["--workers", "2", "--timeout", "4"]);
  const [first, second] = await Promise.all([worker(1), worker(2)]);
  const spinning = assert.rejects(get("/spin"), { code: "ECONNRESET" });
  const report = await line("event_loop_blocked");
  assert.equal(report.route, "/spin");
  assert.match(String((report.frames as string[])[0]), /^spinForEver \(src\/main\.ts:5\)$/);
  const stalled = await line("worker_stalled");
  assert.ok(Number(stalled.silent_ms) >= 4000);
  await spinning;
  const lost = await line("worker_lost");
  assert.deepEqual([lost.worker_pid, lost.reason, lost.signal], [stalled.worker_pid, "stalled", "SIGKILL"]);
  const other = stalled.worker_pid === first ? second : first;
  assert.equal(lines.filter(({ message }) => message === "worker_lost").length, 1);
  await worker(Number(stalled.worker), 2);
  const pids = [pidOf(await get("/")), pidOf(await get("/"))];
  assert.ok(pids.includes(other));
});
