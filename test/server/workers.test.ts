// Several workers: they share a port and the load, end in order, and each signal does what it says.
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import { pidApp, pidOf, request, service } from "./service.ts";

test("workers share the port and the connections, and TERM ends all in order and by that signal", async () => {
  const app = `import { kiln, resource } from "kilnjs";
const pool = resource({}, async function* pool() {
  yield 1;
  console.log(JSON.stringify({ message: "pool_closed", pid: process.pid }));
});
export const app = kiln({ title: "Pool" });
app.get("/", { needs: { pool } }, () => ({ pid: process.pid }));
`;
  const app1 = service(app, ["--workers", "3"]);
  const pids = await Promise.all([app1.worker(1), app1.worker(2), app1.worker(3)]);
  assert.equal(new Set(pids).size, 3);
  assert.ok(!pids.includes(app1.server.process.pid ?? 0));
  // Connections that stay open go to whoever has the fewest.
  const agents = Array.from({ length: 6 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const seen = [];
  for (const agent of agents) seen.push(pidOf(await app1.get("/", agent)));
  for (const pid of pids) assert.equal(seen.filter((one) => one === pid).length, 2);
  for (const [index, agent] of agents.entries()) assert.equal(pidOf(await app1.get("/", agent)), seen[index]);
  for (const agent of agents) agent.destroy();
  assert.deepEqual(await app1.server.end("SIGTERM"), { code: null, signal: "SIGTERM" });
  assert.equal(app1.lines.filter(({ message }) => message === "pool_closed").length, 3);
  assert.equal(app1.lines.at(-1)?.message, "supervisor_ended");
});

test("requests under way are answered before the end, which INT asks for as well", async () => {
  const { get, server, signal, line, worker } = service(pidApp.replace("300", "1000"), ["--workers", "2"]);
  await Promise.all([worker(1), worker(2)]);
  const calls = [get("/slow"), get("/slow")];
  await line("request_received", ({ path }) => path === "/slow", 2);
  signal("SIGINT");
  const answers = await Promise.all(calls);
  assert.equal(new Set(answers.map(pidOf)).size, 2);
  assert.deepEqual(await server.ended, { code: null, signal: "SIGINT" });
});

test("a second signal ends all at once", async () => {
  const app = pidApp.replace("setTimeout(() => resolve({ pid: process.pid }), 300)", "void resolve");
  const { get, server, signal, line, worker } = service(app, ["--workers", "2"]);
  await worker(2);
  const call = assert.rejects(get("/slow"));
  await line("request_received");
  signal("SIGTERM");
  await line("supervisor_stopping");
  signal("SIGTERM");
  assert.deepEqual(await server.ended, { code: null, signal: "SIGTERM" });
  await call;
});

test("TTIN adds a worker, TTOU takes the last one away", async () => {
  const { signal, line, worker, lines } = service(pidApp, ["--workers", "2"]);
  await worker(2);
  signal("SIGTTIN");
  const third = await worker(3);
  signal("SIGTTOU");
  const ended = await line("worker_ended");
  assert.deepEqual([ended.worker_pid, ended.reason, ended.exit_code], [third, "fewer", 0]);
  signal("SIGTTOU");
  assert.equal((await line("worker_ended", ({ worker }) => worker === 2)).reason, "fewer");
  // The last one stays.
  signal("SIGTTOU");
  assert.equal((await line("workers_wanted", () => true, 4)).workers, 1);
  assert.equal(lines.filter(({ message }) => message === "worker_lost").length, 0);
});

test("a worker that gets TERM is replaced before it leaves, and loses no request", async () => {
  const { url, line, worker } = service(pidApp, ["--workers", "2"]);
  const [first, second] = await Promise.all([worker(1), worker(2)]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const address = await url();
  // The connection of the agent belongs to one of the two; that one goes.
  const mine = pidOf(await request(address, agent));
  const number = mine === first ? 1 : 2;
  process.kill(mine, "SIGTERM");
  const replacement = await worker(number, 2);
  const told = await (async () => {
    for (;;) {
      const answer = await request(address, agent);
      assert.equal(pidOf(answer), mine);
      if (answer.connection === "close") return answer;
    }
  })();
  assert.equal(told.status, 200);
  assert.ok([replacement, first, second].includes(pidOf(await request(address, agent))));
  const ended = await line("worker_ended");
  assert.deepEqual([ended.worker_pid, ended.reason, ended.exit_code], [mine, "signal", 0]);
  agent.destroy();
});

test("a single worker without jobs runs in this very process", async () => {
  const { server, get, lines } = service(pidApp, ["--workers", "1"]);
  assert.equal(pidOf(await get("/")), server.process.pid);
  await server.end("SIGTERM");
  assert.ok(!lines.some(({ message }) => message.startsWith("supervisor")));
});

test("a single process opens no debugger at USR1, and HUP ends it in order", async () => {
  const { server, url, get, signal, line } = service(pidApp, []);
  await url();
  signal("SIGUSR1");
  assert.equal(pidOf(await get("/")), server.process.pid);
  signal("SIGHUP");
  await line("shut_down");
  assert.equal((await server.ended).signal, "SIGTERM");
  assert.doesNotMatch(server.printed, /Debugger/);
});

test("workers end in order when their supervisor is killed", async () => {
  const { get, server, line, worker } = service(pidApp.replace("300", "1000"), ["--workers", "2"]);
  const pids = await Promise.all([worker(1), worker(2)]);
  const call = get("/slow");
  await line("request_received");
  server.process.kill("SIGKILL");
  assert.ok(pids.includes(pidOf(await call)));
  // The output closes when the last of them has ended.
  await server.ended;
  assert.match(server.printed, /shut_down[\s\S]*shut_down/);
});
