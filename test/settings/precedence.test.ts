import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { defineSettings, loadSettings } from "../../src/settings/define-settings.ts";
import { describeSettings } from "../../src/settings/describe.ts";
import type { LoadSettingsOptions } from "../../src/settings/sources.ts";
import { folder, isolated } from "./folder.ts";

const settings = defineSettings({ logName: z.string().default("from the default") });

/** Highest first; each writes the setting into its own place. */
const sources: readonly {
  readonly origin: RegExp;
  readonly files?: Record<string, string>;
  readonly options?: LoadSettingsOptions;
}[] = [
  { origin: /^overrides$/, options: { overrides: { logName: "0" } } },
  { origin: /^the process environment$/, options: { processEnv: { LOG_NAME: "1" } } },
  { origin: /^secrets.LOG_NAME$/, files: { "secrets/LOG_NAME": "2\n" } },
  { origin: /^secrets.log_name$/, files: { "secrets/log_name": "3" } },
  { origin: /^\.env\.staging, line 1$/, files: { ".env.staging": "LOG_NAME=4" } },
  { origin: /^\.env, line 1$/, files: { ".env": "LOG_NAME=5" } },
  { origin: /^settings\.toml \[staging\], line \d$/, files: { "settings.toml": '[staging]\nlogName = "6"\n' } },
  { origin: /^settings\.toml \[default\], line \d$/, files: { "settings.toml": '[default]\nlogName = "7"\n' } },
];

for (const [high, higher] of sources.entries()) {
  for (const [low, lower] of sources.entries()) {
    if (low < high) continue;
    test(`source ${high} beside source ${low}`, async (t) => {
      const toml =
        high === 6 && low === 7 ? { "settings.toml": '[default]\nlogName = "7"\n[staging]\nlogName = "6"\n' } : {};
      const cwd = await folder(t, { "secrets/other": "", ...lower.files, ...higher.files, ...toml });
      const options = isolated(cwd, { env: "staging", secretsDir: "secrets", ...lower.options, ...higher.options });
      assert.equal((await loadSettings(settings, options)).logName, String(high));
      const { rows } = await describeSettings(settings, options);
      assert.match(rows[0]?.origin ?? "", higher.origin);
    });
  }
}

test("the schema's default comes last", async (t) => {
  const options = isolated(await folder(t, {}));
  assert.equal((await loadSettings(settings, options)).logName, "from the default");
  assert.equal((await describeSettings(settings, options)).rows[0]?.origin, "default");
});

test("files of other environments are not read", async (t) => {
  const files = { ".env.production": "LOG_NAME=p", "settings.toml": '[production]\nlogName = "p"\n' };
  const cwd = await folder(t, files);
  assert.equal((await loadSettings(settings, isolated(cwd, { env: "test" }))).logName, "from the default");
  assert.equal((await loadSettings(settings, isolated(cwd, { env: "production" }))).logName, "p");
});

test("NODE_ENV names the environment, else it is development, and `env` wins", async (t) => {
  const cwd = await folder(t, { ".env.development": "LOG_NAME=d", ".env.test": "LOG_NAME=t", ".env.qa": "LOG_NAME=q" });
  const load = async (options: LoadSettingsOptions): Promise<string> =>
    (await loadSettings(settings, isolated(cwd, options))).logName;
  assert.equal(await load({}), "d");
  assert.equal(await load({ processEnv: { NODE_ENV: "" } }), "d");
  assert.equal(await load({ processEnv: { NODE_ENV: "test" } }), "t");
  assert.equal(await load({ processEnv: { NODE_ENV: "test" }, env: "qa" }), "q");
});

test("the option wins over KILN_SECRETS_DIR, which wins over the declaration", async (t) => {
  const declared = defineSettings({ logName: z.string() }, { secretsDir: "c" });
  const cwd = await folder(t, { "a/log_name": "a", "b/log_name": "b", "c/log_name": "c" });
  const processEnv = { KILN_SECRETS_DIR: join(cwd, "b") };
  assert.equal((await loadSettings(declared, isolated(cwd, { processEnv, secretsDir: "a" }))).logName, "a");
  assert.equal((await loadSettings(declared, isolated(cwd, { processEnv }))).logName, "b");
  assert.equal((await loadSettings(declared, isolated(cwd))).logName, "c");
});

test("an empty text sets nothing, wherever it stands", async (t) => {
  const cwd = await folder(t, { ".env.development": "LOG_NAME=", ".env": "LOG_NAME=below", "secrets/log_name": "\n" });
  const options = isolated(cwd, { processEnv: { LOG_NAME: "" }, secretsDir: "secrets" });
  assert.equal((await loadSettings(settings, options)).logName, "below");
});

test("a typed source may say the empty text", async (t) => {
  const cwd = await folder(t, { "settings.toml": '[default]\nlogName = ""\n' });
  assert.equal((await loadSettings(settings, isolated(cwd))).logName, "");
});

test("a wrong value is not passed over for a right one below it", async (t) => {
  const cwd = await folder(t, { ".env": "PORT=80" });
  const port = defineSettings({ port: z.int() });
  await assert.rejects(loadSettings(port, isolated(cwd, { processEnv: { PORT: "eighty" } })), {
    code: "KILN_SETTINGS_INVALID",
  });
});

test("by default nothing is read but the working directory and the process", async () => {
  const { logName } = await loadSettings(settings);
  assert.equal(typeof logName, "string");
});
