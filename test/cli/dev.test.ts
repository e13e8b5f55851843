import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Project, project, ready, type Serving } from "./project.ts";

const main = `import { defineSettings, kiln } from "kilnjs";
import { z } from "zod";
import { greeting } from "./greeting.ts";
const settings = defineSettings({ motto: z.string().default("none") });
export const app = kiln({ title: "Hello", settings });
app.get("/", { needs: { settings } }, ({ settings }) => ({ greeting, motto: settings.motto, pid: process.pid, env: process.env.NODE_ENV }));
export default app;
`;
const greeting = (text: string): string => `export const greeting: string = ${JSON.stringify(text)};\n`;

interface Answer {
  readonly greeting: string;
  readonly motto: string;
  readonly pid: number;
  readonly env: string;
}

async function ask(url: string): Promise<Answer> {
  return (await (await fetch(url)).json()) as Answer;
}

function develop(): { readonly hello: Project; readonly server: Serving } {
  const hello = project({ "src/main.ts": main, "src/greeting.ts": greeting("one") });
  return { hello, server: hello.serve("dev", "--port", "0") };
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits for the end of a process that is not ours, which no event announces. */
async function gone(pid: number): Promise<void> {
  while (runs(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("dev serves in development and starts again on the same port when an imported file changes", async () => {
  const { hello, server } = develop();
  const [line] = await server.prints(/.*\bready\b.*\n/);
  const url = /url=(\S+)/.exec(line)?.[1] ?? "";
  assert.match(line, new RegExp(`docs=${url}/docs redoc=${url}/redoc`));
  const first = await ask(url);
  assert.deepEqual([first.greeting, first.env], ["one", "development"]);
  assert.equal((await fetch(`${url}/docs`)).status, 200);
  hello.write("src/greeting.ts", greeting("two"));
  await server.prints(/src\/greeting\.ts changed/);
  assert.equal(await ready(server), url);
  const second = await ask(url);
  assert.equal(second.greeting, "two");
  assert.notEqual(second.pid, first.pid);
  assert.deepEqual(await server.end("SIGINT"), { code: null, signal: "SIGINT" });
  assert.deepEqual([runs(first.pid), runs(second.pid)], [false, false]);
  assert.doesNotMatch(server.printed, /Error/);
});

test("files that editors save by renaming, settings and migrations count; what is not imported does not", async () => {
  const { hello, server } = develop();
  const url = await ready(server);
  hello.write("src/other.ts", "export {};\n");
  hello.write("notes.txt", "nothing\n");
  hello.write("data.json", "{}\n");
  hello.write("src/.greeting.ts.tmp", greeting("renamed"));
  renameSync(join(hello.folder, "src/.greeting.ts.tmp"), join(hello.folder, "src/greeting.ts"));
  await ready(server);
  assert.equal((await ask(url)).greeting, "renamed");
  hello.write(".env", "MOTTO=from the file\n");
  await server.prints(/\.env changed/);
  await ready(server);
  assert.equal((await ask(url)).motto, "from the file");
  hello.write("migrations/001.sql", "select 1;\n");
  await server.prints(/001\.sql changed|migrations changed/);
  await ready(server);
  await server.end("SIGTERM");
  assert.doesNotMatch(server.printed, /(other\.ts|notes\.txt|data\.json)/);
});

test("after a mistake dev says what it was, serves what was there before, and the new one once it is mended", async () => {
  const { hello, server } = develop();
  const url = await ready(server);
  hello.write("src/greeting.ts", "export const greeting = ;\n");
  await server.prints(/greeting\.ts[\s\S]*SyntaxError/);
  await server.prints(/did not start \(exit code 1\); the version before it serves on, until a file changes/);
  assert.equal((await ask(url)).greeting, "one");
  hello.write("src/greeting.ts", 'export { greeting } from "./words/english.ts";\n');
  await server.prints(/ERR_MODULE_NOT_FOUND/);
  await server.prints(/serves on, until a file changes/);
  assert.equal((await ask(url)).greeting, "one");
  hello.write("src/words/english.ts", greeting("mended"));
  assert.equal(await ready(server), url);
  assert.equal((await ask(url)).greeting, "mended");
  hello.write("src/words/english.ts", greeting("again"));
  await ready(server);
  assert.equal((await ask(url)).greeting, "again");
  await server.end("SIGTERM");
});

test("a mistake with Kiln is told without a stack", async () => {
  const source =
    'import { kiln } from "kilnjs";\nexport const app = kiln({ title: "X" });\napp.get("no", {}, () => 1);\n';
  const server = project({ "src/main.ts": source }).serve("dev", "--port", "0");
  await server.prints(/^KILN_ROUTE_INVALID [^\n]*\n/);
  await server.prints(/^kiln dev: the app ended \(exit code 1\)/);
  assert.deepEqual(await server.end("SIGTERM"), { code: null, signal: "SIGTERM" });
});

test("a request that comes while the app starts again is answered by the new version", async () => {
  const { hello, server } = develop();
  const url = await ready(server);
  hello.write("src/greeting.ts", `${greeting("late")}await new Promise((resolve) => setTimeout(resolve, 300));\n`);
  await server.prints(/greeting\.ts changed/);
  assert.equal((await ask(url)).greeting, "late");
  await server.end("SIGTERM");
});

test("when the app is killed nobody waits for it; the next change starts it again", async () => {
  const { hello, server } = develop();
  const url = await ready(server);
  const { pid } = await ask(url);
  process.kill(pid, "SIGKILL");
  await server.prints(/the app ended \(SIGKILL\); it starts again when a file changes/);
  await assert.rejects(fetch(url));
  hello.write("src/greeting.ts", greeting("back"));
  await ready(server);
  assert.equal((await ask(url)).greeting, "back");
  await server.end("SIGTERM");
});

test("packages are loaded ahead, but not those that were installed anew", async () => {
  const using = (text: string): string => `import version from "dep";\nexport const greeting = "${text} " + version;\n`;
  const say = (version: number): string => `console.log("package ${version} loaded");\nexport default ${version};\n`;
  const hello = project({
    "src/main.ts": main,
    "src/greeting.ts": using("one"),
    "node_modules/dep/package.json": '{ "name": "dep", "type": "module", "exports": "./index.js" }',
    "node_modules/dep/index.js": say(1),
  });
  const server = hello.serve("dev", "--port", "0");
  const url = await ready(server);
  // The spare process has loaded it before a file changes.
  await server.prints(/package 1 loaded/);
  hello.write("src/greeting.ts", using("two"));
  await ready(server);
  assert.equal((await ask(url)).greeting, "two 1");
  await server.prints(/package 1 loaded/);
  hello.write("node_modules/dep/index.js", say(2));
  hello.write("node_modules/.package-lock.json", "{}");
  hello.write("src/greeting.ts", using("three"));
  await ready(server);
  assert.equal((await ask(url)).greeting, "three 2");
  await server.end("SIGTERM");
});

test("when dev is killed the app does not outlive it", async () => {
  const { server } = develop();
  const url = await ready(server);
  const { pid } = await ask(url);
  await server.end("SIGKILL");
  await gone(pid);
  assert.match(server.printed, /shut_down/);
});
