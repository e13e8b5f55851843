// What is committed works on another machine: no path of this one, no address of a registry, nothing of a person's own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./sources.ts";

const tracked: readonly string[] = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((path) => path !== "");

/** Put together here, so that this file does not find itself. */
const forbidden: readonly RegExp[] = [
  new RegExp(`(?<![\\w.])/(?:${["home", "Users", "root", "work"].join("|")})/[\\w.-]+`),
  new RegExp(["registry", "npmjs", "org"].join("\\.")),
  new RegExp(["deb", "debian", "org"].join("\\.")),
  // A file beside a lock is no address.
  new RegExp(`"${"resolved"}": "(?!file:[\\w.-]+")`),
];

test("no tracked file names a path of this machine or the address of a registry", () => {
  const found = tracked.flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return forbidden.flatMap((pattern) => pattern.exec(text)?.[0] ?? []).map((found) => `${path}: ${found}`);
  });
  assert.deepEqual(found, []);
});

test("no unfinished business and no switched-off check is committed", () => {
  const marks = new RegExp(["TO" + "DO", "FIX" + "ME", "X" + "XX", "@ts-" + "ignore", "@ts-" + "nocheck"].join("|"));
  const found = tracked
    .filter((path) => /\.(?:ts|js|json|md|sql)$/.test(path) && path !== "package-lock.json")
    .filter((path) => marks.test(readFileSync(join(root, path), "utf8")));
  assert.deepEqual(found, []);
});

test("no test is skipped or left to run alone", () => {
  const marks = /\b(?:test|it|describe|t)\.(?:skip|only|todo)\(|\b(?:skip|only|todo): true/;
  const found = tracked.filter(
    (path) => /\.test\.ts$/.test(path) && marks.test(readFileSync(join(root, path), "utf8")),
  );
  assert.deepEqual(found, []);
});
