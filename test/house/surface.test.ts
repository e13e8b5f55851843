// The public surface, name by name: a change here is a change for users and belongs in the changelog.
import assert from "node:assert/strict";
import { test } from "node:test";
import { files } from "./sources.ts";
import { surface } from "./surface.ts";

const packageJson = files("package.json")[0]?.text ?? "";
const { exports: entries }: { exports: Record<string, string | { readonly "kilnjs-source": string }> } =
  JSON.parse(packageJson);

/** The names between the braces of a module's export lists, types marked as such. */
function exportedNames(path: string): string[] {
  const text = (files(path)[0]?.text ?? "").replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, "");
  const lists = [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)];
  assert.equal(lists.length, [...text.matchAll(/^export\b/gm)].length, `${path} exports only lists of names`);
  return lists
    .flatMap(([, all, names = ""]) => names.split(",").map((name) => `${all ?? ""}${name.trim()}`))
    .filter((name) => name !== "" && name !== "type ")
    .sort();
}

test("the entry points are these", () => {
  assert.deepEqual(Object.keys(entries), [...Object.keys(surface), "./package.json"]);
});

for (const [entry, names] of Object.entries(surface)) {
  test(`${entry} exports these names`, async () => {
    const target = entries[entry];
    assert.ok(typeof target === "object");
    const found = exportedNames(target["kilnjs-source"].replace("./", ""));
    assert.deepEqual(found, [...names].sort());
    const values = found.filter((name) => !name.startsWith("type "));
    const loaded: Record<string, unknown> = await import(`kilnjs${entry.slice(1)}`);
    assert.deepEqual(Object.keys(loaded).sort(), values);
  });
}
