import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { definition } from "../../src/contract/provider.ts";
import { defineSettings } from "../../src/settings/define-settings.ts";
import { failure, folder, isolated } from "./folder.ts";

test("one error lists every problem with its place", async (t) => {
  const settings = defineSettings({
    databaseUrl: z.url(),
    jwtSecret: z.string().min(8),
    port: z.int(),
    workers: z.int().max(4),
    region: z.enum(["eu", "us"]),
    smtp: { host: z.string() },
    fine: z.string().default("fine"),
  });
  const cwd = await folder(t, {
    ".env.production": "# ours\n\nPORT=80a\n",
    ".env": "SMTP__HOST=\n",
    "secrets/jwt_secret": "short\n",
    "settings.toml": '[production]\nworkers = 8\n[default]\nregion = "mars"\n',
  });
  const message = await failure(settings, isolated(cwd, { env: "production", secretsDir: "secrets" }));
  const [first, ...rest] = message.split("\n");
  assert.equal(
    first,
    'KILN_SETTINGS_INVALID in the settings of environment production: "6 problems" must be mended before the app can start. ' +
      "Look where each line says; `kiln settings` shows where every setting comes from:",
  );
  assert.deepEqual(rest, [
    "  - DATABASE_URL (databaseUrl): is not set",
    "  - JWT_SECRET in secrets/jwt_secret: must have at least 8 characters",
    "  - PORT in .env.production, line 3: must be an integer",
    "  - workers in settings.toml [production], line 2: must be at most 4",
    '  - region in settings.toml [default], line 4: must be one of "eu", "us"',
    "  - SMTP__HOST (smtp.host): is not set: it is empty in .env, line 1.",
  ]);
});

test("a secrets folder that was named for this run must exist", async (t) => {
  const cwd = await folder(t, {});
  const settings = defineSettings({}, { secretsDir: "declared-but-absent" });
  assert.match(
    await failure(settings, isolated(cwd, { secretsDir: "absent" })),
    /- secrets folder absent: is not a folder/,
  );
  assert.match(
    await failure(settings, isolated(cwd, { processEnv: { KILN_SECRETS_DIR: "absent" } })),
    /- secrets folder absent: is not a folder/,
  );
});

test("a secret that is no file is a problem only for who needs it", async (t) => {
  const cwd = await folder(t, { "secrets/a/inside": "" });
  const settings = defineSettings({ a: z.string() }, { secretsDir: "secrets" });
  assert.match(await failure(settings, isolated(cwd)), /- A in secrets.a: is a folder, not a file/);
});

test("a default that its schema refuses is named as such", async () => {
  const settings = defineSettings({ port: z.int().max(10).prefault(11) });
  assert.match(await failure(settings, isolated(import.meta.dirname)), /- default of port: /);
});

test("the provider loads as the app does", async () => {
  const declared = defineSettings({ port: z.int().default(8000) })[definition];
  assert.equal(declared.kind, "settings");
  if (declared.kind !== "settings") return;
  assert.match(declared.place, /problems\.test\.ts:\d+$/);
  assert.deepEqual(await declared.load({ env: "test", overrides: { port: 0 } }), { port: 0 });
  await assert.rejects(declared.load({ overrides: { port: "x" } }), { code: "KILN_SETTINGS_INVALID" });
});
