import { join } from "node:path";
import { type Group, isPlainObject, valueAt } from "./layout.ts";
import { atLine, type Problem } from "./problem.ts";
import type { Source, Sources } from "./source.ts";
import { readText } from "./text-file.ts";
import { parseTomlFile, type TomlFile } from "./toml-file.ts";
import { unknownKeys } from "./unknown-keys.ts";

const tomlName = "settings.toml";
const environments = ["default", "development", "test", "production"];

/**
 * Opens `settings.toml`: two sources, the table of the environment above `[default]`.
 *
 * @param cwd the folder it may stand in
 * @param env the environment's name
 * @param root the layout, to find the keys that name no setting
 */
export async function openToml(cwd: string, env: string, root: Group): Promise<Sources> {
  const file = await readText(join(cwd, tomlName));
  if (file === undefined) return { sources: [], problems: [] };
  if ("failure" in file) return { sources: [], problems: [{ place: tomlName, message: file.failure }] };
  const toml = parseTomlFile(file.text, tomlName);
  if (!("table" in toml)) return { sources: [], problems: [toml] };
  return {
    sources: [tomlSource(toml, env), tomlSource(toml, "default")],
    problems: Object.keys(toml.table).flatMap((name) => tableProblems(toml, env, name, root)),
  };
}

function tomlSource(toml: TomlFile, table: string): Source {
  return {
    find: ({ path, key }) => {
      const raw = valueAt(toml.table, [table, ...path]);
      if (raw === undefined) return undefined;
      const origin = atLine(`${tomlName} [${table}]`, toml.lineOf([table, ...path]));
      return { origin, name: key, raw, text: false };
    },
  };
}

/** Every table is looked through, not only this environment's: a slip in `[production]` should show at the desk. */
function tableProblems(toml: TomlFile, env: string, name: string, root: Group): readonly Problem[] {
  const table = toml.table[name];
  const lineOf = (path: readonly string[]): number | undefined => toml.lineOf([name, ...path]);
  const isEnvironment = name === env || environments.includes(name) || !root.children.has(name);
  if (isPlainObject(table) && isEnvironment) {
    return unknownKeys(table, root, { origin: `${tomlName} [${name}]`, lineOf });
  }
  const belongs = root.children.has(name) ? "; put it under [default] or an environment" : "";
  return [
    {
      place: `${name} in ${atLine(tomlName, lineOf([]))}`,
      message: `stands outside the table of an environment${belongs}`,
    },
  ];
}
