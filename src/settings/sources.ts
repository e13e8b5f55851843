import { stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { SettingsOptions } from "../contract/provider.ts";
import { parseEnvFile } from "./env-file.ts";
import { type Group, valueAt } from "./layout.ts";
import { atLine, type Problem } from "./problem.ts";
import type { Source, Sources } from "./source.ts";
import { readText } from "./text-file.ts";
import { openToml } from "./toml-source.ts";
import { unknownKeys } from "./unknown-keys.ts";

/** Where to look; every part has a default. */
export interface LoadSettingsOptions {
  /** The environment: `development`, `test`, `production` or an own name. Default: `NODE_ENV`, else `development`. */
  readonly env?: string;
  /** Values by key, groups nested; they win over every source. Tests use them. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** The folder with `.env` and `settings.toml`. Default: the working directory. */
  readonly cwd?: string;
  /** Default: `process.env`. */
  readonly processEnv?: Readonly<Record<string, string | undefined>>;
  /** The folder with one file per secret. Default: `KILN_SECRETS_DIR`, else what `defineSettings` says. */
  readonly secretsDir?: string;
}

/** The environment that these options ask for. */
export function environmentOf({ env, processEnv = process.env }: LoadSettingsOptions): string {
  return env || processEnv.NODE_ENV || "development";
}

/**
 * Opens every source.
 *
 * @param root the layout of the settings
 * @param declared what `defineSettings` was told
 * @param options where to look
 */
export async function openSources(
  root: Group,
  declared: SettingsOptions,
  options: LoadSettingsOptions,
): Promise<Sources> {
  const { overrides = {}, cwd = process.cwd(), processEnv = process.env } = options;
  const env = environmentOf(options);
  const secrets = options.secretsDir ?? (processEnv.KILN_SECRETS_DIR || undefined);
  const named = secrets === undefined ? undefined : resolve(cwd, secrets);
  const files = await Promise.all([
    missingFolder(named, cwd),
    // The name becomes part of a file's name, so it must not walk out of the folder.
    /^[\w-][\w.-]*$/.test(env) ? openEnvFile(cwd, `.env.${env}`) : nameless,
    openEnvFile(cwd, ".env"),
    openToml(cwd, env, root),
  ]);
  const [folder, ...opened] = files;
  return {
    sources: [
      overrideSource(overrides),
      processSource(processEnv),
      secretsSource(named ?? resolve(cwd, declared.secretsDir ?? "/run/secrets"), cwd),
      ...opened.flatMap(({ sources }) => sources),
    ],
    problems: [
      ...unknownKeys(overrides, root, { origin: "overrides", lineOf: () => undefined }),
      ...folder,
      ...opened.flatMap(({ problems }) => problems),
    ],
  };
}

function overrideSource(overrides: Readonly<Record<string, unknown>>): Source {
  return {
    find: ({ path, key }) => {
      const raw = valueAt(overrides, path);
      return raw === undefined ? undefined : { origin: "overrides", name: key, raw, text: false };
    },
  };
}

function processSource(processEnv: Readonly<Record<string, string | undefined>>): Source {
  return {
    find: ({ envName }) => {
      const raw = processEnv[envName];
      return raw === undefined ? undefined : { origin: "the process environment", name: envName, raw, text: true };
    },
  };
}

/** Reads a file only for a setting that nothing higher gives, so an unreadable one that nobody needs does no harm. */
function secretsSource(folder: string, cwd: string): Source {
  return {
    find: async ({ envName }) => {
      for (const name of [envName, envName.toLowerCase()]) {
        const path = join(folder, name);
        const file = await readText(path);
        if (file === undefined) continue;
        const found = { origin: shown(path, cwd), name: envName, text: true };
        if ("failure" in file) return { ...found, raw: undefined, failure: file.failure };
        // Editors and `echo` end a file with a newline that is no part of the secret.
        return { ...found, raw: file.text.replace(/(\r?\n)+$/, "") };
      }
      return undefined;
    },
  };
}

const nameless: Sources = { sources: [], problems: [{ place: "NODE_ENV", message: "is no name for an environment" }] };

/** A folder that someone named for this run and that is not there is a mistake; the default one need not exist. */
async function missingFolder(folder: string | undefined, cwd: string): Promise<readonly Problem[]> {
  if (folder === undefined) return [];
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() ? [] : [{ place: `secrets folder ${shown(folder, cwd)}`, message: "is not a folder" }];
}

async function openEnvFile(cwd: string, name: string): Promise<Sources> {
  const file = await readText(join(cwd, name));
  if (file === undefined) return { sources: [], problems: [] };
  if ("failure" in file) return { sources: [], problems: [{ place: name, message: file.failure }] };
  const { entries, problems } = parseEnvFile(file.text, name);
  const find: Source["find"] = ({ envName }) => {
    const entry = entries.get(envName);
    return entry && { origin: atLine(name, entry.line), name: envName, raw: entry.value, text: true };
  };
  return { sources: [{ find }], problems };
}

/** Relative where that is shorter, as a person would name it. */
function shown(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === "" || below.startsWith("..") || isAbsolute(below) ? path : below;
}
