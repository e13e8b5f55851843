import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { defineSettings, loadSettings } from "../../src/settings/define-settings.ts";
import { locateKeys } from "../../src/settings/toml-lines.ts";
import { folder, isolated, problems } from "./folder.ts";

test("values of TOML have types already", async (t) => {
  const settings = defineSettings({
    text: z.string(),
    port: z.int(),
    ratio: z.number(),
    debug: z.boolean(),
    big: z.bigint(),
    huge: z.bigint(),
    list: z.array(z.int()),
    limits: z.record(z.string(), z.int()),
    since: z.date(),
    day: z.iso.date(),
    anything: z.unknown(),
  });
  const cwd = await folder(t, {
    "settings.toml": `[default]
text = "8000"
port = 8000
ratio = 0.5
debug = true
big = 1
huge = 9007199254740993
list = [1, 2]
limits = { a = 1 }
since = 2026-02-28T10:00:00+02:00
day = 2026-02-28
anything = ["x"]
`,
  });
  assert.deepEqual(await loadSettings(settings, isolated(cwd)), {
    text: "8000",
    port: 8000,
    ratio: 0.5,
    debug: true,
    big: 1n,
    huge: 9007199254740993n,
    list: [1, 2],
    limits: { a: 1 },
    since: new Date("2026-02-28T08:00:00Z"),
    day: "2026-02-28",
    anything: ["x"],
  });
});

test("text is not read as a number there, and numbers are not text", async (t) => {
  const cwd = await folder(t, { "settings.toml": '[default]\nport = "8000"\nname = 5\n' });
  const found = await problems(defineSettings({ port: z.int(), name: z.string() }), isolated(cwd));
  assert.equal(found.length, 2);
  assert.match(found[0] ?? "", /^port in settings\.toml \[default\], line 2: /);
  assert.match(found[1] ?? "", /^name in settings\.toml \[default\], line 3: /);
});

test("a group is merged setting by setting", async (t) => {
  const cwd = await folder(t, {
    "settings.toml": '[default.smtp]\nhost = "localhost"\nport = 25\n[production.smtp]\nhost = "mail"\n',
    ".env": "SMTP__USER=me",
  });
  const settings = defineSettings({ smtp: { host: z.string(), port: z.int(), user: z.string() } });
  const loaded = await loadSettings(settings, isolated(cwd, { env: "production" }));
  assert.deepEqual(loaded, { smtp: { host: "mail", port: 25, user: "me" } });
});

test("keys that name no setting are problems, in every table, with the name that was meant", async (t) => {
  const cwd = await folder(t, {
    "settings.toml": [
      "prot = 1",
      "[default]",
      "database_url = 1",
      "[production]",
      "prot = 2",
      "zzz = 3",
      "smtp = 4",
      "[staging.smtp]",
      "hots = 5",
      "[smtp]",
      "host = 6",
    ].join("\n"),
  });
  const settings = defineSettings({
    databaseUrl: z.string().optional(),
    port: z.int().optional(),
    smtp: { host: z.string().optional() },
  });
  assert.deepEqual(await problems(settings, isolated(cwd)), [
    "prot in settings.toml, line 1: stands outside the table of an environment",
    "database_url in settings.toml [default], line 3: names no setting; did you mean databaseUrl?",
    "prot in settings.toml [production], line 5: names no setting; did you mean port?",
    "zzz in settings.toml [production], line 6: names no setting",
    "smtp in settings.toml [production], line 7: must be a group of settings",
    "smtp.hots in settings.toml [staging], line 9: names no setting; did you mean smtp.host?",
    "smtp in settings.toml, line 10: stands outside the table of an environment; put it under [default] or an environment",
  ]);
});

test("an environment may be called like a setting", async (t) => {
  const cwd = await folder(t, { "settings.toml": "[test]\ntest = true\n" });
  const settings = defineSettings({ test: z.boolean().default(false) });
  assert.deepEqual(await loadSettings(settings, isolated(cwd, { env: "test" })), { test: true });
});

test("the same goes for overrides", async (t) => {
  const overrides = { prot: 1, smtp: 2, group: undefined };
  const settings = defineSettings({ port: z.int().default(1), smtp: { host: z.string().default("h") }, group: {} });
  assert.deepEqual(await problems(settings, isolated(await folder(t, {}), { overrides })), [
    "prot in overrides: names no setting; did you mean port?",
    "smtp in overrides: must be a group of settings",
  ]);
});

test("what is no TOML is a problem with its place and without its text", async (t) => {
  const cwd = await folder(t, { "settings.toml": '[default]\na = "x"\nb = hunter2\n' });
  assert.deepEqual(await problems(defineSettings({ a: z.string().optional() }), isolated(cwd)), [
    "settings.toml, line 3, column 5: is not TOML (invalid value)",
  ]);
});

test("dates of TOML go by the rules for text", async (t) => {
  const cwd = await folder(t, { "settings.toml": "[default]\nat = 07:32:00\n" });
  assert.match((await problems(defineSettings({ at: z.date() }), isolated(cwd))).join(), /^at in settings\.toml/);
});

test("names of JavaScript's own are no settings", async (t) => {
  const cwd = await folder(t, { "settings.toml": "[default]\n__proto__ = 1\nconstructor = 1\n" });
  assert.equal((await problems(defineSettings({ a: z.string().optional() }), isolated(cwd))).length, 2);
  assert.deepEqual(
    await loadSettings(
      defineSettings({ constructor: z.int() }),
      isolated(await folder(t, { ".env": "CONSTRUCTOR=1" })),
    ),
    { constructor: 1 },
  );
});

test("the line of a key", () => {
  const found = locateKeys(
    [
      "a.b = 1 # c",
      "[t]",
      'm = """',
      "x = 1",
      '"""',
      "'q k' = 2",
      "[t.'u v']",
      'x = """one line"""',
      "y = {z = 1}",
      "[[list]]",
    ].join("\n"),
  );
  assert.deepEqual(Object.fromEntries(found), {
    "a.b": 1,
    t: 2,
    "t.m": 3,
    "t.q k": 6,
    "t.u v": 7,
    "t.u v.x": 8,
    "t.u v.y": 9,
    list: 10,
  });
});
