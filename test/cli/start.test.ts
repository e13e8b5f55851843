import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { hello, project, ready } from "./project.ts";

const greeting = 'export const greeting = "hi";';
const app = { "src/main.ts": hello, "src/greeting.ts": greeting };

const resources = (fails: boolean): string => `import { kiln, resource } from "kilnjs";
const say = (text: string) => console.log(text);
const first = resource({}, async function* first() {
  say("first opened");
  yield 1;
  say("first closed");
});
const second = resource({ first }, async function* second() {
  if (${fails}) throw new Error("no such host");
  yield 2;
  say("second closed");
});
export const app = kiln({ title: "Resources" });
app.get("/", { needs: { second } }, ({ second }) => second);
app.get("/slow", {}, () => new Promise<void>(() => say("slow began")));
`;

test("start serves in production until SIGTERM, which ends it in order and by that signal", async () => {
  const server = project({ "src/main.ts": resources(false) }).serve("start", "--port", "0", "--host", "127.0.0.1");
  const url = await ready(server);
  assert.equal(await (await fetch(url)).json(), 2);
  assert.equal((await fetch(`${url}/docs`)).status, 404);
  const end = await server.end("SIGTERM");
  assert.deepEqual(end, { code: null, signal: "SIGTERM" });
  assert.match(server.printed, /second closed[\s\S]*first closed/);
  const lines = server.printed.split("\n").filter((line) => line.startsWith("{"));
  assert.ok(lines.length > 2, "production logs are JSON");
  for (const line of lines) JSON.parse(line);
});

test("NODE_ENV is production unless it is set", async () => {
  for (const [env, expected] of [
    [{}, "production"],
    [{ NODE_ENV: "staging" }, "staging"],
  ] as const) {
    const server = project(app, env).serve("start", "-p", "0", "--host", "127.0.0.1");
    const url = await ready(server);
    assert.deepEqual(await (await fetch(url)).json(), { greeting: "hi", env: expected });
    await server.end("SIGINT");
  }
});

test("a second signal forces the end while a request hangs", async () => {
  const server = project({ "src/main.ts": resources(false) }).serve("start", "--port", "0", "--host", "127.0.0.1");
  const url = await ready(server);
  const call = assert.rejects(fetch(`${url}/slow`));
  await server.prints(/slow began/);
  server.process.kill("SIGTERM");
  await server.prints(/shutting_down/);
  assert.deepEqual(await server.end("SIGTERM"), { code: null, signal: "SIGTERM" });
  assert.doesNotMatch(server.printed, /first closed/);
  await call;
});

test("a start that fails closes what was opened, names the resource and exits with 1", async () => {
  const { code, stdout, stderr } = await project({ "src/main.ts": resources(true) }).kiln("start", "--port", "0");
  assert.equal(code, 1);
  assert.match(stdout, /first opened[\s\S]*first closed/);
  assert.match(stderr, /^KILN_RESOURCE_OPEN in src\/main\.ts:8: "second" .*no such host.*\n$/);
});

test("a port that is taken is told in one line", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = other.address() as AddressInfo;
  const { code, stderr } = await project(app).kiln("start", "--port", String(port), "--host", "127.0.0.1");
  other.close();
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^KILN_CLI_LISTEN .*"127\\.0\\.0\\.1:${port}" is taken by another process`));
});

test("what was compiled is kept in the project for the next start, of one process and of workers", async () => {
  for (const [args, env] of [
    [[], {}],
    [["--workers", "2", "--no-admin"], {}],
    // Where nothing can be kept.
    [[], { "node_modules/.cache": "a file" }],
  ] as const) {
    const own = project({ ...app, ...env }, { NODE_COMPILE_CACHE: "" });
    const server = own.serve("start", "--port", "0", "--host", "127.0.0.1", ...args);
    assert.equal((await fetch(await ready(server))).status, 200);
    await server.end("SIGTERM");
    const kept = existsSync(join(own.folder, "node_modules/.cache/kiln"));
    assert.equal(kept, Object.keys(env).length === 0);
    assert.doesNotMatch(server.printed, /ENOTDIR|EEXIST/);
    if (!kept) continue;
    const files = readdirSync(join(own.folder, "node_modules/.cache/kiln"), { recursive: true });
    assert.ok(files.length > 50, `${files.length} files`);
  }
});
