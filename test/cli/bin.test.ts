import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { project } from "./project.ts";

const bin = fileURLToPath(new URL("../../bin/kiln.js", import.meta.url));

test("an older Node is told in one line what it is and what is needed", async () => {
  const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.5" } });';
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const [code, stderr] = await new Promise<[unknown, string]>((resolve) => {
    execFile(process.execPath, ["--import", preload, bin, "--version"], (error, _, stderr) => {
      resolve([error?.code, stderr]);
    });
  });
  assert.equal(code, 1);
  assert.equal(stderr, "kiln needs Node.js 24 or newer, and this is 20.19.5. Install it from https://nodejs.org\n");
});

test("the launcher holds nothing that Node 12 could not parse", () => {
  const text = readFileSync(bin, "utf8");
  assert.doesNotMatch(text, /\?\?|\?\.|^await |^\s*import\s+[\w{*]|#[a-z]+\s*[;(=]/m);
});

test("--version gives the version of the package", async () => {
  const found: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.equal((await project({}).kiln("--version")).stdout, `${found.version}\n`);
});

test("mistyped commands and options are told with a suggestion", async () => {
  const { kiln } = project({});
  const command = await kiln("setings");
  assert.equal(command.code, 1);
  assert.match(command.stderr, /unknown command 'setings'\n\(Did you mean settings\?\)/);
  const option = await kiln("start", "--prot", "80");
  assert.equal(option.code, 1);
  assert.match(option.stderr, /unknown option '--prot'\n\(Did you mean --port\?\)/);
  assert.match((await kiln("start", "--port", "70000")).stderr, /whole number up to 65535/);
});
