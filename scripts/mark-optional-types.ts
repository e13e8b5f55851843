// Part of the build: our declarations name types of optional packages, such as the `Decimal` that `decimal()` gives. Where
// such a package is not installed, a project that checks declarations would be refused for what it does not use; marked as
// here, the type is `any` there and nothing else changes.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./pack.ts";

const { peerDependenciesMeta }: { peerDependenciesMeta: Record<string, { readonly optional?: boolean }> } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const optional = Object.keys(peerDependenciesMeta).filter((name) => peerDependenciesMeta[name]?.optional === true);
const mark = "// @ts-" + "ignore: an optional package; where it is absent, nobody calls what has its types";

function importsOptional(line: string): boolean {
  return optional.some((name) => line.startsWith("import ") && line.includes(` from "${name}"`));
}

/** Inserts the mark above every such import, and a line without mappings into the map beside it. */
function markFile(path: string): boolean {
  const lines = readFileSync(path, "utf8").split("\n");
  const map: { mappings: string } = JSON.parse(readFileSync(`${path}.map`, "utf8"));
  const mappings = map.mappings.split(";");
  const found = lines.flatMap((line, index) => (importsOptional(line) ? [index] : []));
  for (const index of found.toReversed()) {
    lines.splice(index, 0, mark);
    mappings.splice(index, 0, "");
  }
  if (found.length === 0) return false;
  writeFileSync(path, lines.join("\n"));
  writeFileSync(`${path}.map`, JSON.stringify({ ...map, mappings: mappings.join(";") }));
  return true;
}

const marked = globSync("dist/**/*.d.ts", { cwd: root }).filter((path) => markFile(join(root, path)));
process.stdout.write(`optional types: ${marked.length} declarations marked\n`);
