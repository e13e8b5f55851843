// docs/metrics.md lists the metrics that there are, and no others.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const name = /["`]((?:http|kiln|process|nodejs)_(?:[a-z0-9_]|\$\{\w+\})+)["`]/g;

function namesIn(path: string): string[] {
  return [...readFileSync(`${root}${path}`, "utf8").matchAll(name)].map((match) => match[1] ?? "");
}

test("every metric of the sources stands in the table, and every one of the table in the sources", () => {
  const written = globSync(["src/metrics/*.ts", "src/admin/version.ts", "src/server/admin.ts"], { cwd: root }).flatMap(
    namesIn,
  );
  const patterns = [...new Set(written)].map((text) => ({
    text,
    pattern: new RegExp(`^${text.replaceAll(/\$\{\w+\}/g, "[a-z0-9_]+")}$`),
  }));
  assert.ok(patterns.length > 30);
  const table = readFileSync(`${root}docs/metrics.md`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) =>
      [...line.matchAll(/`((?:http|kiln|process|nodejs)_[a-z0-9_]+)`/g)].map((match) => match[1] ?? ""),
    );
  const missing = patterns.filter(({ pattern }) => !table.some((listed) => pattern.test(listed)));
  assert.deepEqual(
    missing.map(({ text }) => text),
    [],
  );
  // What resources give has the names that they give it.
  const unknown = table.filter((listed) => !patterns.some(({ pattern }) => pattern.test(listed)));
  assert.deepEqual(unknown, []);
});
