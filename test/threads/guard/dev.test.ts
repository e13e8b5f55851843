import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { project, ready } from "../../cli/project.ts";

const main = `import { DatabaseSync } from "node:sqlite";
import { kiln } from "kilnjs";
import { run } from "runner";
const app = kiln({ title: "Runs" });
app.get("/", {}, () => run());
app.get("/sqlite", {}, () => new DatabaseSync(":memory:").exec("select 1"));
export default app;
`;
// Taken out of the module when the package is loaded, which is before the app starts.
const runner = `const { execFileSync } = require("node:child_process");
exports.run = () => execFileSync("echo", ["ran"], { encoding: "utf8" });
`;

test("kiln dev sees what a package took out of a module before the app started", async () => {
  const app = project({ "src/main.ts": main });
  app.write("node_modules/runner/package.json", JSON.stringify({ name: "runner", main: "index.js" }));
  app.write("node_modules/runner/index.js", runner);
  const server = app.serve("dev", "--port", "0");
  const url = await ready(server);
  assert.equal(await (await fetch(url)).json(), "ran\n");
  const [line] = await server.prints(/.*\bsync_io\b.*\n/);
  assert.match(line, /WARN +sync_io call=child_process\.execFileSync place=src\/main\.ts:5 route=\/ /);
  assert.ok(line.includes(join("node_modules", "runner", "index.js:2")));
  assert.equal((await fetch(`${url}/sqlite`)).status, 204);
  await server.prints(/sync_io call=sqlite\.DatabaseSync\.exec place=src\/main\.ts:6/);
  await server.end("SIGTERM");
});
