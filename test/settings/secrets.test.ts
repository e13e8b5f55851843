import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { z } from "zod";
import { secret } from "../../src/contract/fields.ts";
import { Secret } from "../../src/contract/secret.ts";
import { defineSettings, loadSettings } from "../../src/settings/define-settings.ts";
import { describeSettings, renderSettingsTable } from "../../src/settings/describe.ts";
import { renderEnvExample } from "../../src/settings/env-example.ts";
import { checkEnvExample } from "../../src/settings/env-example-check.ts";
import { folder, isolated, problems, refusal } from "./folder.ts";

test("a secret is read, and does not print", async (t) => {
  const settings = defineSettings({ key: secret(), deep: { list: z.array(secret()) } });
  const loaded = await loadSettings(
    settings,
    isolated(await folder(t, { ".env": "KEY=hunter2\nDEEP__LIST=hunter3,hunter4" })),
  );
  assert.equal(loaded.key.reveal(), "hunter2");
  assert.deepEqual(
    loaded.deep.list.map((secret) => secret.reveal()),
    ["hunter3", "hunter4"],
  );
  for (const printed of [
    inspect(loaded, { depth: 9, showHidden: true }),
    JSON.stringify(loaded),
    format("%o %j", loaded, loaded),
    `${loaded.key}`,
  ]) {
    assert.doesNotMatch(printed, /hunter/);
    assert.match(printed, /\*\*\*/);
  }
});

test("overrides may give the text or the secret", async (t) => {
  const cwd = await folder(t, {});
  const settings = defineSettings({ key: secret(), exact: z.instanceof(Secret) });
  const exact = new Secret("e");
  for (const key of ["hunter2", new Secret("hunter2")]) {
    const loaded = await loadSettings(settings, isolated(cwd, { overrides: { key, exact } }));
    assert.equal(loaded.key.reveal(), "hunter2");
    assert.equal(loaded.exact, exact);
  }
});

test("what is wrong with a secret is said without its schema's words", async (t) => {
  const cwd = await folder(t, { ".env": "A=hunter2\nB=hunter2\nC=hunter2", "settings.toml": "[default]\nd = 5\n" });
  const quoting = {
    error: (issue: { readonly input?: unknown }) => `"${String(issue.input).slice(0, 4)}..." will not do`,
  };
  const settings = defineSettings({
    a: secret(z.string().min(20)),
    b: secret().refine(() => false, { error: ({ input }) => `${(input as Secret).reveal()} is bad` }),
    c: z.string().regex(/^\d+$/, quoting).pipe(secret()),
    d: secret(),
    e: secret(),
  });
  assert.deepEqual(await problems(settings, isolated(cwd)), [
    "A in .env, line 1: is too short: it must have at least 20 characters",
    "B in .env, line 2: does not pass the check of its schema",
    "C in .env, line 3: has the wrong format",
    "d in settings.toml [default], line 2: is of the wrong type",
    "E (e): is not set",
  ]);
});

test("a schema that makes a secret by a function nobody can see into does not leak either", async (t) => {
  const cwd = await folder(t, { ".env": "KEY=hunter2" });
  const made = z.string().transform((text) => new Secret(text));
  const quoting = z
    .string()
    .refine(() => false, { error: ({ input }) => `"${String(input)}" is bad` })
    .transform((text) => new Secret(text));
  const report = await describeSettings(defineSettings({ key: made }), isolated(cwd));
  assert.equal(report.rows[0]?.value, "***");
  assert.deepEqual(await problems(defineSettings({ key: quoting }), isolated(cwd)), [
    'KEY in .env, line 1: "***" is bad',
  ]);
});

test("a check over a group cannot leak the secrets in it", async (t) => {
  const cwd = await folder(t, { ".env": "LOGIN__KEY=hunter2" });
  const login = z
    .object({ key: secret() })
    .refine(() => false, { error: ({ input }) => `no: ${(input as { key: Secret }).key.reveal()}` });
  assert.deepEqual(await problems(defineSettings({ login }), isolated(cwd)), ["login: no: ***"]);
});

test("the password inside a URL is masked in tables", async () => {
  const settings = defineSettings({ databaseUrl: z.string(), hosts: z.array(z.string()).default([]) });
  for (const [url, masked] of [
    ["postgres://me:hunter2@host/db", "postgres://me:***@host/db"],
    ["postgres://me:hunt@r/2@host/db", "postgres://me:***@host/db"],
    ["redis://:hunter2@host", "redis://:***@host"],
    ["postgres://host/db?user=me&password=hunter2&x=1", "postgres://host/db?user=me&password=***&x=1"],
    ["https://example.org:8443/path", "https://example.org:8443/path"],
    ["embedded:.data/postgres", "embedded:.data/postgres"],
  ]) {
    const { rows } = await describeSettings(settings, { cwd: import.meta.dirname, processEnv: { DATABASE_URL: url } });
    assert.equal(rows[0]?.value, masked);
  }
});

/** Everything that Kiln says about these settings, whether they are right or wrong. */
async function everythingSaid(
  t: TestContext,
  hidden: string,
  place: "env" | "file" | "toml" | "overrides",
  bad: boolean,
): Promise<string> {
  const key = secret(z.string().min(bad ? 150 : 1));
  const settings = defineSettings({
    key: key.describe("The key"),
    group: z.object({ key: secret().default(new Secret(hidden)) }),
  });
  const cwd = await folder(t, {
    ".env": place === "env" ? `KEY='${hidden}'\n` : "",
    "secrets/key": place === "file" ? `${hidden}\n` : "",
    "settings.toml": place === "toml" ? `[default]\nkey = ${JSON.stringify(hidden)}\n` : "",
  });
  const options = isolated(cwd, { secretsDir: "secrets", overrides: place === "overrides" ? { key: hidden } : {} });
  const report = await describeSettings(settings, options);
  const loaded = bad ? await refusal(settings, options) : await loadSettings(settings, options);
  const example = renderEnvExample(settings);
  const check = checkEnvExample(settings, example.replace("KEY=", `KEY=${hidden}`));
  const said = [report, loaded, check].flatMap((value) => [
    inspect(value, { depth: 9, showHidden: true }),
    JSON.stringify(value),
  ]);
  return [...said, renderSettingsTable(report.rows), example].join("\n");
}

test("the text of a secret occurs in nothing that Kiln says", async (t) => {
  const text = fc.stringMatching(/^s3[a-zA-Z0-9 !$%&()*+,./:;<=>?@^_{|}~-]{6,60}t$/);
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom("env", "file", "toml", "overrides"),
      fc.boolean(),
      async (hidden, place, bad) => {
        assert.ok(!(await everythingSaid(t, hidden, place, bad)).includes(hidden));
      },
    ),
    { numRuns: 60 },
  );
});
