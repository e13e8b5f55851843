// Reports show the places of the source, also where compiled code runs.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { stackFrames } from "../../../src/threads/stall/sample.ts";
import { originalPlace } from "../../../src/threads/stall/source-place.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln-maps-"));
});
after(() => rm(folder, { recursive: true }));

const code = "// one\n// two\n// three\nthrow new Error();\n";
// Says that the fourth line comes from the sixth of the source.
const map = JSON.stringify({ version: 3, sources: ["colours.ts"], names: [], mappings: ";;;AAKA" });

test("a map within the file is read", async () => {
  const path = join(folder, "within.js");
  const inline = Buffer.from(map).toString("base64");
  await writeFile(path, `${code}//# sourceMappingURL=data:application/json;base64,${inline}\n`);
  assert.deepEqual(await originalPlace(path, 4, 7), { path: join(folder, "colours.ts"), line: 6 });
});

test("a map beside the file is read", async () => {
  const path = join(folder, "beside.js");
  await writeFile(path, `${code}//# sourceMappingURL=beside.js.map\n`);
  await writeFile(`${path}.map`, map);
  assert.deepEqual(await originalPlace(path, 4, 7), { path: join(folder, "colours.ts"), line: 6 });
});

for (const [what, text] of [
  ["no map", "export const a = 1;\n"],
  ["a map that is missing", "export const a = 1;\n//# sourceMappingURL=nowhere.map\n"],
  ["a map that is none", "export const a = 1;\n//# sourceMappingURL=data:application/json,%7B\n"],
] as const) {
  test(`with ${what} the place is that of the file`, async () => {
    const path = join(folder, "plain.js");
    await writeFile(path, text);
    assert.deepEqual(await originalPlace(path, 1, 1), { path, line: 1 });
  });
}

test("TypeScript that Node runs keeps its places", async () => {
  assert.deepEqual(await originalPlace("/nowhere/app.ts", 3, 1), { path: "/nowhere/app.ts", line: 3 });
});

test("a map that Node has read is used, for what a loader compiles is in no file", async () => {
  const path = join(folder, "loaded.js");
  const calling = "// one\n// two\n// three\nexport const call = (fn) => fn();\n";
  const inline = Buffer.from(map).toString("base64");
  await writeFile(path, `${calling}//# sourceMappingURL=data:application/json;base64,${inline}\n`);
  const enabled = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(true);
  try {
    const { call } = (await import(pathToFileURL(path).href)) as { call: <T>(fn: () => T) => T };
    const frames = call(() => stackFrames());
    const source = frames.find(({ file }) => file?.endsWith("colours.ts"));
    assert.equal(source?.line, 6);
  } finally {
    process.setSourceMapsEnabled(enabled);
  }
});
