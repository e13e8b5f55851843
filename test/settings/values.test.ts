import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import type { SettingsShape } from "../../src/contract/provider.ts";
import { defineSettings, loadSettings } from "../../src/settings/define-settings.ts";
import { folder, isolated, problems } from "./folder.ts";

async function fromEnv<S extends z.ZodType>(value: S, text: string): Promise<z.output<S>> {
  const settings = defineSettings({ value });
  // The shape has this one key, so its value has this one type.
  const loaded = (await loadSettings(settings, { processEnv: { VALUE: text }, cwd: import.meta.dirname })) as {
    value: z.output<S>;
  };
  return loaded.value;
}

async function refused(value: z.ZodType, text: string): Promise<readonly string[]> {
  return problems(defineSettings({ value }), { processEnv: { VALUE: text }, cwd: import.meta.dirname });
}

test("text becomes what the schema's type says, without z.coerce", async () => {
  assert.equal(await fromEnv(z.int(), "8000"), 8000);
  assert.equal(await fromEnv(z.number(), "0.5"), 0.5);
  assert.equal(await fromEnv(z.number().min(1).max(9).optional(), "3"), 3);
  assert.equal(await fromEnv(z.boolean().default(false), "yes"), true);
  assert.equal(await fromEnv(z.boolean(), "OFF"), false);
  assert.equal(await fromEnv(z.bigint(), "9007199254740993"), 9007199254740993n);
  assert.equal(await fromEnv(z.enum(["debug", "info"]), "info"), "info");
  assert.deepEqual(await fromEnv(z.date(), "2026-02-28T10:00:00Z"), new Date("2026-02-28T10:00:00Z"));
  assert.equal(await fromEnv(z.coerce.number().int().default(8000), "80"), 80);
  assert.equal(await fromEnv(z.string(), " as it is "), " as it is ");
  assert.equal(await fromEnv(z.email(), "a@example.org"), "a@example.org");
  assert.equal(await fromEnv(z.union([z.int(), z.literal("auto")]), "auto"), "auto");
  assert.equal(await fromEnv(z.union([z.int(), z.literal("auto")]), "4"), 4);
});

test("text that is no such value is refused", async () => {
  for (const [schema, text] of [
    [z.int(), "8000.5"],
    [z.int(), "80a"],
    [z.number(), "Infinity"],
    [z.number(), "NaN"],
    [z.boolean(), "maybe"],
    [z.date(), "2026-02-30"],
    [z.enum(["debug", "info"]), "loud"],
    [z.int().max(10), "11"],
  ] as const) {
    const [line, ...more] = await refused(schema, text);
    assert.match(line ?? "", /^VALUE in the process environment: /);
    assert.deepEqual(more, []);
  }
});

test("every whole number that is exact survives its text", async () => {
  await fc.assert(
    fc.asyncProperty(fc.maxSafeInteger(), async (n) => assert.equal(await fromEnv(z.int(), String(n)), n)),
    { numRuns: 50 },
  );
});

test("a list is separated by commas, or JSON", async () => {
  assert.deepEqual(await fromEnv(z.array(z.string()), "a, b ,c"), ["a", "b", "c"]);
  assert.deepEqual(await fromEnv(z.array(z.int()).min(1), "1,2"), [1, 2]);
  assert.deepEqual(await fromEnv(z.array(z.string()), '["a,b", ""]'), ["a,b", ""]);
  assert.deepEqual(await fromEnv(z.array(z.string()).default(["x"]), "[]"), []);
  assert.match((await refused(z.array(z.int()), "1,b,3")).join(), /1/);
  assert.match((await refused(z.array(z.int()), '["1"]')).join(), /VALUE in the process environment: .*\(at 0\)/);
  assert.equal((await refused(z.array(z.int()), "[1")).join(), "VALUE in the process environment: is not valid JSON");
});

test("what is neither a value nor a list is JSON", async () => {
  assert.deepEqual(await fromEnv(z.record(z.string(), z.int()), '{"a": 1}'), { a: 1 });
  assert.deepEqual(await fromEnv(z.looseObject({ a: z.int() }), '{"a": 1, "b": 2}'), { a: 1, b: 2 });
  assert.deepEqual(await fromEnv(z.tuple([z.int(), z.string()]), '[1, "a"]'), [1, "a"]);
});

test("checks of the user run, asynchronous ones too", async () => {
  const even = z.int().refine(async (n) => n % 2 === 0, "must be even");
  assert.equal(await fromEnv(even, "2"), 2);
  assert.deepEqual(await refused(even, "3"), ["VALUE in the process environment: must be even"]);
});

test("overrides are values, not text, and undefined overrides nothing", async (t) => {
  const cwd = await folder(t, { ".env": "PORT=1" });
  const settings = defineSettings({ port: z.int() });
  const load = (overrides: Record<string, unknown>) => loadSettings(settings, isolated(cwd, { overrides }));
  assert.equal((await load({ port: 0 })).port, 0);
  assert.equal((await load({ port: undefined })).port, 1);
  await assert.rejects(load({ port: "2" }), /port in overrides: /);
});

test("a coercing schema does not make a value out of nothing", async () => {
  const settings = defineSettings({ text: z.coerce.string(), flag: z.coerce.boolean() });
  assert.deepEqual(await problems(settings, { processEnv: {}, cwd: import.meta.dirname }), [
    "TEXT (text): is not set",
    "FLAG (flag): is not set",
  ]);
});

test("what may be absent is absent", async () => {
  const settings = defineSettings({
    a: z.string().optional(),
    b: z.string().nullish(),
    c: z.unknown(),
    d: z.string().prefault("d"),
  });
  const loaded = await loadSettings(settings, { processEnv: {}, cwd: import.meta.dirname });
  assert.deepEqual(loaded, { d: "d" });
});

test("the settings cannot be changed, at any depth, and overrides stay the caller's", async () => {
  const hosts = { list: [{ name: "a" }] };
  const settings = defineSettings({ hosts: z.any(), smtp: { port: z.int().default(25) } });
  const loaded = await loadSettings(settings, { processEnv: {}, cwd: import.meta.dirname, overrides: { hosts } });
  assert.throws(() => Object.assign(loaded, { hosts: 1 }), TypeError);
  assert.throws(() => Object.assign(loaded.smtp, { port: 1 }), TypeError);
  assert.throws(() => loaded.hosts.list.push(1), TypeError);
  assert.throws(() => Object.assign(loaded.hosts.list[0], { name: "b" }), TypeError);
  hosts.list.push({ name: "b" });
});

test("wrong declarations are refused where they stand", () => {
  // The types refuse most of these, so they come in as what plain JavaScript could pass.
  const define = (shape: unknown) => () => defineSettings(shape as SettingsShape);
  const refusal = (message: RegExp) => ({ code: "KILN_SETTINGS_SHAPE", message });
  assert.throws(define({ port: 8000 }), refusal(/values\.test\.ts:\d+: "port" is neither a Zod schema/));
  assert.throws(
    define({ "log-level": z.string() }),
    refusal(/"log-level" is a key that has no name in the environment/),
  );
  assert.throws(
    define({ dbUrl: z.string(), db_url: z.string() }),
    refusal(/"db_url" has the same name .* as `dbUrl`, DB_URL/),
  );
  assert.throws(define({ a: { b: z.string() }, a__b: z.string() }), refusal(/A__B/));
});

test("only settings can be loaded as settings", async () => {
  // Again what only plain JavaScript can pass.
  await assert.rejects(loadSettings({} as never), { code: "KILN_PROVIDER_INVALID" });
});
