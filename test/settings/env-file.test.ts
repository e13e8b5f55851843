import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { z } from "zod";
import { defineSettings, loadSettings } from "../../src/settings/define-settings.ts";
import { parseEnvFile } from "../../src/settings/env-file.ts";
import { folder, isolated, problems } from "./folder.ts";

const lines = (text: string) =>
  [...parseEnvFile(text, ".env").entries].map(([key, { value, line }]) => [key, value, line]);

test("quotes, comments, export and values of several lines", () => {
  const text = [
    "# a comment",
    "",
    "PLAIN=it's # cut here",
    'DOUBLE="a\\nb # kept"',
    "SINGLE='a\\nb'   # cut",
    "BACK=`both \" and '`",
    'KEY="-----BEGIN',
    "middle=1",
    'END-----"',
    "export SHELL_STYLE = yes",
    "EMPTY=",
    "BLANK=   ",
    "LAST=1",
    "LAST=2",
  ].join("\n");
  assert.deepEqual(lines(text), [
    ["PLAIN", "it's", 3],
    ["DOUBLE", "a\nb # kept", 4],
    ["SINGLE", "a\\nb", 5],
    ["BACK", "both \" and '", 6],
    ["KEY", "-----BEGIN\nmiddle=1\nEND-----", 7],
    ["SHELL_STYLE", "yes", 10],
    ["EMPTY", "", 11],
    ["BLANK", "", 12],
    ["LAST", "2", 14],
  ]);
});

test("Windows line ends and a byte order mark are no part of anything", async (t) => {
  const cwd = await folder(t, { ".env": "\uFEFFA=1\r\nB='x\r\ny'\r\n" });
  assert.deepEqual(await loadSettings(defineSettings({ a: z.string(), b: z.string() }), isolated(cwd)), {
    a: "1",
    b: "x\ny",
  });
});

test("a malformed line is a problem with its place and without its text", async (t) => {
  const cwd = await folder(t, { ".env": 'A=1\nhunter2\n=hunter2\nB="hunter2" hunter2\nC="hunter2\nD=1\n' });
  assert.deepEqual(await problems(defineSettings({ a: z.string() }), isolated(cwd)), [
    ".env, line 2: is not of the form NAME=value",
    ".env, line 3: is not of the form NAME=value",
    'B in .env, line 4: has text after the closing "',
    'C in .env, line 5: has a " that is never closed',
  ]);
});

test("names that no setting has are no problem: other programs read the file too", async (t) => {
  const cwd = await folder(t, { ".env": "OTHER=1\nA=1\n" });
  assert.deepEqual(await loadSettings(defineSettings({ a: z.string() }), isolated(cwd)), { a: "1" });
});

test("what is no file, or no text, is said to be so", async (t) => {
  const cwd = await folder(t, { ".env/inside": "", ".env.development": Uint8Array.of(65, 61, 0xff, 0xfe) });
  assert.deepEqual(await problems(defineSettings({}), isolated(cwd)), [
    ".env.development: is not UTF-8 text",
    ".env: is a folder, not a file",
  ]);
});

test("a prefix is part of the name", async (t) => {
  const cwd = await folder(t, { ".env": "A=wrong\nAPP_A=right\n", "secrets/app_b": "file" });
  const settings = defineSettings({ a: z.string(), b: z.string() }, { prefix: "APP_", secretsDir: "secrets" });
  assert.deepEqual(await loadSettings(settings, isolated(cwd)), { a: "right", b: "file" });
});

test("the name of the environment cannot leave the folder", async (t) => {
  const cwd = await folder(t, { "app/.env": "", "x/secret": "A=1" });
  const env = "/../../x/secret";
  assert.deepEqual(await problems(defineSettings({}), isolated(`${cwd}/app`, { env })), [
    "NODE_ENV: is no name for an environment",
  ]);
});

test("wherever no problem is found, Node's parseEnv reads the same", async () => {
  const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,5}$/);
  const value = fc.stringMatching(/^[ a-z'"`#=\\.:-]{0,12}$/);
  const text = fc
    .array(
      fc.oneof(
        fc.tuple(name, value).map(([n, v]) => `${n}=${v}x`),
        fc.constant("# c"),
        fc.constant(""),
      ),
    )
    .map((all) => all.join("\n"));
  fc.assert(
    fc.property(text, (source) => {
      const { entries, problems: found } = parseEnvFile(source, ".env");
      if (found.length > 0) return;
      assert.deepEqual(Object.fromEntries([...entries].map(([key, entry]) => [key, entry.value])), {
        ...parseEnv(source),
      });
    }),
    { numRuns: 2000 },
  );
});
