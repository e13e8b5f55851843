import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { defineSettings, loadSettings } from "../../src/settings/define-settings.ts";
import { describeSettings } from "../../src/settings/describe.ts";
import type { LoadSettingsOptions } from "../../src/settings/sources.ts";
import { problems } from "./folder.ts";

const env = (processEnv: Record<string, string>): LoadSettingsOptions => ({ processEnv, cwd: import.meta.dirname });

const tls = z.object({ cert: z.string(), port: z.int().default(443) });

test("a z.object is a group like a nested record", async () => {
  const settings = defineSettings({ tls, smtp: { host: z.string(), auth: { user: z.string() } } });
  assert.deepEqual(await loadSettings(settings, env({ TLS__CERT: "c", SMTP__HOST: "h", SMTP__AUTH__USER: "u" })), {
    tls: { cert: "c", port: 443 },
    smtp: { host: "h", auth: { user: "u" } },
  });
  assert.deepEqual(await problems(settings, env({ SMTP__HOST: "h" })), [
    "TLS__CERT (tls.cert): is not set",
    "SMTP__AUTH__USER (smtp.auth.user): is not set",
  ]);
});

test("an optional group is absent as a whole, or complete", async () => {
  const settings = defineSettings({ tls: tls.optional() });
  assert.deepEqual(await loadSettings(settings, env({})), {});
  assert.deepEqual(await loadSettings(settings, env({ TLS__CERT: "c" })), { tls: { cert: "c", port: 443 } });
  assert.deepEqual(await problems(settings, env({ TLS__PORT: "1" })), ["TLS__CERT (tls.cert): is not set"]);
  assert.equal((await describeSettings(settings, env({}))).rows[0]?.origin, "not set");
});

test("a group may have a default of its own", async () => {
  const settings = defineSettings({ tls: tls.default({ cert: "self-signed", port: 1 }) });
  assert.deepEqual(await loadSettings(settings, env({})), { tls: { cert: "self-signed", port: 1 } });
  assert.deepEqual(
    (await describeSettings(settings, env({}))).rows.map(({ key, value, origin }) => [key, value, origin]),
    [
      ["tls.cert", "self-signed", "default"],
      ["tls.port", "1", "default"],
    ],
  );
  assert.deepEqual(await loadSettings(settings, env({ TLS__CERT: "c" })), { tls: { cert: "c", port: 443 } });
});

test("checks over a group see its values, once all of them are right", async () => {
  const range = z
    .object({ low: z.int(), high: z.int() })
    .refine(({ low, high }) => low < high, "low must be below high")
    .refine(async ({ low }) => low !== 7, "seven is taken");
  const settings = defineSettings({ range, more: range.optional() });
  assert.deepEqual(await loadSettings(settings, env({ RANGE__LOW: "1", RANGE__HIGH: "2" })), {
    range: { low: 1, high: 2 },
  });
  assert.deepEqual(await problems(settings, env({ RANGE__LOW: "7", RANGE__HIGH: "2", MORE__LOW: "1" })), [
    "MORE__HIGH (more.high): is not set",
    "range: low must be below high",
    "range: seven is taken",
  ]);
});

test("an object inside itself is JSON", async () => {
  const tree = z.object({
    name: z.string(),
    get below() {
      return tree.optional();
    },
  });
  const settings = defineSettings({ tree });
  const loaded = await loadSettings(
    settings,
    env({ TREE__NAME: "a", TREE__BELOW: '{"name": "b", "below": {"name": "c"}}' }),
  );
  assert.deepEqual(loaded, { tree: { name: "a", below: { name: "b", below: { name: "c" } } } });
});
