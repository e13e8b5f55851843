import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { secret } from "../../src/contract/fields.ts";
import { defineSettings } from "../../src/settings/define-settings.ts";
import { describeSettings, renderSettingsTable } from "../../src/settings/describe.ts";
import { typeLabel } from "../../src/settings/type-label.ts";
import { folder, isolated } from "./folder.ts";

test("rows and problems, also when settings are wrong", async (t) => {
  const settings = defineSettings({
    databaseUrl: z.string().describe("Where the data is").default("embedded:.data/postgres"),
    jwtSecret: secret().meta({ description: "Signs the tokens" }),
    port: z.int(),
    smtp: { host: z.string().optional(), user: z.string() },
    notes: z.string().default(`one\n${"x".repeat(60)}`),
  });
  const cwd = await folder(t, { ".env": "JWT_SECRET=hunter2\nPORT=80a\n", "settings.toml": "[default]\nprot = 1\n" });
  const report = await describeSettings(settings, isolated(cwd, { env: "test" }));
  assert.equal(report.environment, "test");
  assert.deepEqual(report.rows.slice(0, 3), [
    {
      key: "databaseUrl",
      envName: "DATABASE_URL",
      type: "text",
      value: "embedded:.data/postgres",
      origin: "default",
      description: "Where the data is",
      required: false,
      problems: [],
    },
    {
      key: "jwtSecret",
      envName: "JWT_SECRET",
      type: "secret",
      value: "***",
      origin: ".env, line 1",
      description: "Signs the tokens",
      required: true,
      problems: [],
    },
    {
      key: "port",
      envName: "PORT",
      type: "whole number",
      value: "",
      origin: ".env, line 2",
      description: "",
      required: true,
      problems: ["PORT in .env, line 2: must be an integer"],
    },
  ]);
  assert.deepEqual(report.problems, [
    "prot in settings.toml [default], line 2: names no setting; did you mean port?",
    "PORT in .env, line 2: must be an integer",
    "SMTP__USER (smtp.user): is not set",
  ]);
  assert.equal(
    renderSettingsTable(report.rows),
    `NAME          VALUE                                             FROM          TYPE          DESCRIPTION
DATABASE_URL  embedded:.data/postgres                           default       text          Where the data is
JWT_SECRET    ***                                               .env, line 1  secret        Signs the tokens
PORT          (wrong)                                           .env, line 2  whole number
SMTP__HOST    -                                                 not set       text
SMTP__USER    (missing)                                         not set       text
NOTES         one\\n${"x".repeat(42)}…  default       text
`,
  );
});

test("values as they would be written", async () => {
  const settings = defineSettings({
    since: z.date().default(new Date(0)),
    list: z.array(z.int()).default([1, 2]),
    empty: z.array(z.int()).default([]),
    commas: z.array(z.string()).default(["a,b"]),
    limits: z.record(z.string(), z.bigint()).default({ a: 1n }),
    url: z.instanceof(URL).default(new URL("https://example.org/")),
    none: z.string().nullable().default(null),
    off: z.boolean().default(false),
    set: z.set(z.string()).default(new Set(["a", "b"])),
  });
  const { rows } = await describeSettings(settings, isolated(import.meta.dirname));
  assert.deepEqual(
    rows.map(({ value }) => value),
    ["1970-01-01T00:00:00.000Z", "1,2", "[]", '["a,b"]', '{"a":"1"}', "https://example.org/", "null", "false", "a,b"],
  );
});

test("types in a few words", () => {
  for (const [schema, label] of [
    [z.string(), "text"],
    [z.string().regex(/x/), "text"],
    [z.email().optional(), "text (email)"],
    [z.url().default("https://example.org"), "text (url)"],
    [z.iso.datetime(), "text (datetime)"],
    [z.int(), "whole number"],
    [z.number().int().max(5), "whole number"],
    [z.coerce.number(), "number"],
    [z.bigint(), "whole number"],
    [z.boolean().nullable(), "true or false"],
    [z.date(), "date"],
    [z.enum(["a", "b"]), "one of a | b"],
    [z.literal("a"), "a"],
    [z.literal(["a", 1]), "one of a | 1"],
    [z.array(z.int()), "list of whole number"],
    [z.set(z.string()), "list of text"],
    [z.union([z.int(), z.literal("auto")]), "whole number or auto"],
    [z.record(z.string(), z.int()), "JSON"],
    [z.unknown(), "text"],
    [z.string().transform(Number), "text"],
    [z.array(secret()), "secret"],
  ] as const) {
    assert.equal(typeLabel(schema), label);
  }
});
