import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { z } from "zod";
import { secret } from "../../src/contract/fields.ts";
import { Secret } from "../../src/contract/secret.ts";
import { defineSettings, loadSettings } from "../../src/settings/define-settings.ts";
import { renderEnvExample } from "../../src/settings/env-example.ts";
import { checkEnvExample } from "../../src/settings/env-example-check.ts";
import { folder, isolated } from "./folder.ts";

const settings = defineSettings({
  databaseUrl: z
    .string()
    .default("embedded:.data/postgres")
    .describe("Where the data is.\nA Postgres URL in production."),
  jwtSecret: secret().describe("Signs the tokens"),
  pepper: secret().default(new Secret("hunter2")),
  port: z.int().default(8000),
  region: z.enum(["eu", "us"]),
  greeting: z.string().default('a "quoted" # text'),
  lines: z.string().default("one\ntwo"),
  hosts: z.array(z.string()).default(["a", "b"]),
  since: z
    .codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })
    .default(new Date(0)),
  id: z.string().default(() => randomUUID()),
  computed: z.string().transform(Number).default(5),
  smtp: { host: z.string().prefault("localhost"), user: z.string().optional() },
});

const example = `# The settings of this app. Copy to .env and fill in; what is commented out has a default or may be left out.
# Written by \`kiln settings --example\`: change the schema, not this file.

# Where the data is.
# A Postgres URL in production.
# text, optional
#DATABASE_URL=embedded:.data/postgres

# Signs the tokens
# secret, required
JWT_SECRET=

# secret, optional
#PEPPER=

# whole number, optional
#PORT=8000

# one of eu | us, required
REGION=

# text, optional
#GREETING='a "quoted" # text'

# text, optional
#LINES="one\\ntwo"

# list of text, optional
#HOSTS=a,b

# text, optional
#SINCE=1970-01-01T00:00:00.000Z

# text, optional
#ID=

# text, optional
#COMPUTED=

# text, optional
#SMTP__HOST=localhost

# text, optional
#SMTP__USER=
`;

test("the example says what the schema says", () => {
  assert.equal(renderEnvExample(settings), example);
  assert.equal(renderEnvExample(settings), renderEnvExample(settings));
});

test("the example loads, as it is and with its defaults uncommented", async (t) => {
  const processEnv = { JWT_SECRET: "s", REGION: "eu" };
  const { id: _, ...byDefault } = await loadSettings(settings, isolated(await folder(t, {}), { processEnv }));
  for (const text of [example, example.replaceAll(/^#([A-Z_]+=)/gm, "$1")]) {
    const { id, ...loaded } = await loadSettings(settings, isolated(await folder(t, { ".env": text }), { processEnv }));
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(loaded, byDefault);
  }
  assert.deepEqual({ ...parseEnv(example) }, { JWT_SECRET: "", REGION: "" });
});

test("whatever text is the default, the example gives it back or leaves it out", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary-ascii" }),
    fc.string({ unit: fc.constantFrom("'", '"', "`", "\\", "n", "\n", "\r", "#", " ", "=", "$", "é") }),
  );
  fc.assert(
    fc.property(text, (value) => {
      const written = renderEnvExample(defineSettings({ value: z.string().default(value), next: z.string() }));
      const read = parseEnv(written.replace(/^#VALUE=/m, "VALUE="));
      assert.equal(read.NEXT, "");
      assert.ok(read.VALUE === value || read.VALUE === "");
    }),
    { numRuns: 2000 },
  );
});

test("the check finds what differs", () => {
  assert.deepEqual(checkEnvExample(settings, example), { current: true, differences: [] });
  assert.deepEqual(checkEnvExample(settings, example.replaceAll("\n", "\r\n")), { current: true, differences: [] });
  const stale = example
    .replace("#PORT=8000\n", "#PORT=3000\n")
    .replace("# Signs the tokens\n", "")
    .replace("REGION=\n", "REGION=\nOLD_TOKEN=hunter2\nhunter2\n# hunter2\n");
  const check = checkEnvExample(settings, stale);
  assert.deepEqual(check, {
    current: false,
    differences: [
      "line 9: missing: # Signs the tokens",
      "line 16: missing: #PORT=8000",
      "line 16: not expected: PORT=…",
      "line 20: not expected: OLD_TOKEN=…",
      "line 21: not expected: a line that is no assignment",
      "line 22: not expected: a comment",
    ],
  });
  assert.equal(checkEnvExample(settings, "").current, false);
});

test("a prefix is part of the names", () => {
  assert.match(renderEnvExample(defineSettings({ port: z.int() }, { prefix: "APP_" })), /^APP_PORT=$/m);
});
