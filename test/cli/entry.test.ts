import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findEntry } from "../../src/cli/entry.ts";
import { hello, project } from "./project.ts";

test("the argument is the entry, else what package.json names, else src/main.ts, else src/main.js", async () => {
  const { folder, write } = project({ "src/main.js": "" });
  assert.equal(await findEntry(undefined, folder), join(folder, "src/main.js"));
  write("src/main.ts", "");
  assert.equal(await findEntry(undefined, folder), join(folder, "src/main.ts"));
  write("server/app.ts", "");
  write("package.json", '{ "kiln": { "app": "server/app.ts" } }');
  assert.equal(await findEntry(undefined, folder), join(folder, "server/app.ts"));
  assert.equal(await findEntry("src/main.js", folder), join(folder, "src/main.js"));
});

test("what is not there is named with where its name came from", async () => {
  const { folder, write } = project({});
  const code = "KILN_CLI_ENTRY";
  await assert.rejects(findEntry(undefined, folder), { code, message: /src\/main\.ts, src\/main\.js/ });
  await assert.rejects(findEntry("nope.ts", folder), { code, message: /"nope\.ts" is named by the command line/ });
  write("package.json", '{ "kiln": { "app": "gone.ts" } }');
  await assert.rejects(findEntry(undefined, folder), { code, message: /"gone\.ts" is named by package\.json/ });
  write("package.json", '{ "kiln": { "app": 7 } }');
  await assert.rejects(findEntry(undefined, folder), { code, message: /kiln\.app/ });
});

test("a module that exports no app is refused in one line", async () => {
  const { kiln, write } = project({ "src/main.ts": "export const other = 1;" });
  const nothing = await kiln("routes");
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /^KILN_CLI_ENTRY .*src\/main\.ts" exports neither a default nor "app"\..*\n$/);
  write("src/main.ts", "export default { listen() {} };");
  assert.match((await kiln("routes")).stderr, /^KILN_CLI_ENTRY .*is no app/);
});

test("an app may be exported by default or as app", async () => {
  const { kiln, write } = project({ "src/main.ts": hello, "src/greeting.ts": 'export const greeting = "hi";' });
  assert.equal((await kiln("routes")).code, 0);
  write("src/main.ts", hello.replace("export default app;", ""));
  assert.match((await kiln("routes")).stdout, /GET +\/ /);
});

test("an error in the user's own modules keeps its stack", async () => {
  const { kiln } = project({ "src/main.ts": "function inside() { throw new Error('mine'); }\ninside();" });
  const { code, stderr } = await kiln("routes");
  assert.equal(code, 1);
  assert.match(stderr, /Error: mine\n +at inside .*main\.ts:1/);
});
