import { readFile, writeFile } from "node:fs/promises";
import type { Provider } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { describeSettings, renderSettingsTable } from "../settings/describe.ts";
import { renderEnvExample } from "../settings/env-example.ts";
import { checkEnvExample } from "../settings/env-example-check.ts";
import { loadRecord } from "./load-app.ts";
import { finish } from "./output.ts";

/** What `kiln settings` may be told. */
interface SettingsCommandOptions {
  readonly example?: boolean;
  readonly check?: boolean;
}

const file = ".env.example";

async function settingsOf(entry: string | undefined): Promise<Provider<unknown>> {
  const { settings } = (await loadRecord(entry)).options;
  if (settings !== undefined) return settings;
  throw new KilnError("KILN_CLI_SETTINGS", {
    where: "kiln settings",
    what: "settings",
    why: "are not declared by this app",
    fix: "Make them with defineSettings() and pass them on: kiln({ settings })",
  });
}

async function show(settings: Provider<unknown>): Promise<never> {
  const { environment, rows, problems } = await describeSettings(settings);
  const text = `Settings of environment ${environment}\n\n${renderSettingsTable(rows)}`;
  if (problems.length === 0) return finish(text);
  const list = problems.map((problem) => `  - ${problem}\n`).join("");
  return finish(`${text}\nThe app cannot start before this is mended:\n${list}`, 1);
}

async function checkExample(settings: Provider<unknown>): Promise<never> {
  const { current, differences } = checkEnvExample(settings, await readFile(file, "utf8").catch(() => ""));
  if (current) return finish(`${file} is current\n`);
  const list = differences.map((difference) => `  ${difference}\n`).join("");
  return finish(`${file} is not what the schema says; run kiln settings --example to write it anew:\n${list}`, 1);
}

async function writeExample(settings: Provider<unknown>): Promise<never> {
  await writeFile(file, renderEnvExample(settings));
  return finish(`Wrote ${file}\n`);
}

/** `kiln settings` */
export async function settings(
  entry: string | undefined,
  { example = false, check = false }: SettingsCommandOptions,
): Promise<void> {
  const declared = await settingsOf(entry);
  if (check) return checkExample(declared);
  return example ? writeExample(declared) : show(declared);
}
