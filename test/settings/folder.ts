import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Provider } from "../../src/contract/provider.ts";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { loadSettings } from "../../src/settings/define-settings.ts";
import type { LoadSettingsOptions } from "../../src/settings/sources.ts";

/** A folder with these files, gone when the test ends. */
export async function folder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "kiln-settings-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return path;
}

/** Options that see nothing of the machine the test runs on. */
export function isolated(cwd: string, options: LoadSettingsOptions = {}): LoadSettingsOptions {
  return { cwd, processEnv: {}, ...options };
}

/** The error with which loading fails. */
export async function refusal(
  settings: Provider<unknown, "app", never>,
  options: LoadSettingsOptions,
): Promise<KilnError> {
  try {
    await loadSettings(settings, options);
  } catch (error) {
    if (error instanceof KilnError && error.code === "KILN_SETTINGS_INVALID") return error;
    throw error;
  }
  throw new Error("the settings were expected to be refused");
}

/** Its message. */
export async function failure(
  settings: Provider<unknown, "app", never>,
  options: LoadSettingsOptions,
): Promise<string> {
  return (await refusal(settings, options)).message;
}

/** The lines of that message that name a problem. */
export async function problems(
  settings: Provider<unknown, "app", never>,
  options: LoadSettingsOptions,
): Promise<readonly string[]> {
  const message = await failure(settings, options);
  return message
    .replace(/\.$/, "")
    .split("\n")
    .flatMap((line) => (line.startsWith("  - ") ? [line.slice(4)] : []));
}
