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
// Only our own modules use their types. pg has its declarations in another package, and those of pg-boss 12.38 do not pass a
// check of declarations, so that a project that makes one would have to answer for both.
const inner = ["pg", "pg-boss"];

function namesOptional(line: string): boolean {
  return optional.some(
    (name) => line.includes(`import("${name}")`) || (line.startsWith("import ") && line.includes(` from "${name}"`)),
  );
}

/** `type Pool = any;` in place of the import of a type that only our own modules use; the same line, for the map. */
function withoutInner(line: string): string {
  const [, names = "", from = ""] = /^import type \{ (.+) \} from "(.+)";$/.exec(line) ?? [];
  if (!inner.includes(from)) return line;
  return names
    .split(", ")
    .map((name) => `type ${name} = any;`)
    .join(" ");
}

/** Inserts the mark above every such import, and a line without mappings into the map beside it. */
function markFile(path: string): boolean {
  const before = readFileSync(path, "utf8").split("\n");
  const lines = before.map(withoutInner);
  const map: { mappings: string } = JSON.parse(readFileSync(`${path}.map`, "utf8"));
  const mappings = map.mappings.split(";");
  const found = lines.flatMap((line, index) => (namesOptional(line) ? [index] : []));
  for (const index of found.toReversed()) {
    lines.splice(index, 0, mark);
    mappings.splice(index, 0, "");
  }
  if (found.length === 0 && lines.every((line, index) => line === before[index])) return false;
  writeFileSync(path, lines.join("\n"));
  writeFileSync(`${path}.map`, JSON.stringify({ ...map, mappings: mappings.join(";") }));
  return true;
}

const marked = globSync("dist/**/*.d.ts", { cwd: root }).filter((path) => markFile(join(root, path)));
process.stdout.write(`optional types: ${marked.length} declarations marked\n`);
