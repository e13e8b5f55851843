// The catalogue of error codes, the page that explains them and the code that throws them say the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { catalogue } from "../../src/errors/catalogue.ts";
import { files } from "./sources.ts";

const codes: readonly string[] = inOrder(Object.keys(catalogue));

/** Word by word, so that `NO_SOCKET` stands before `NOT_JSON`. */
function inOrder(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (a.replaceAll("_", " ") < b.replaceAll("_", " ") ? -1 : 1));
}

test("every code in the catalogue is used by the sources, and no other", () => {
  const used = files("src/**/*.ts")
    .filter(({ path }) => path !== "src/errors/catalogue.ts")
    // Comments speak of codes; only strings throw them.
    .flatMap(({ text }) => [...text.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, "").matchAll(/["'`](KILN_[A-Z_]+)["'`]/g)])
    .map((match) => match[1] ?? "");
  assert.deepEqual(inOrder(new Set(used)), codes);
});

test("docs/errors.md has a section for every code, in alphabetical order", () => {
  const [page] = files("docs/errors.md");
  const sections = [...(page?.text ?? "").matchAll(/^## (KILN_[A-Z_]+)$/gm)].map((match) => match[1] ?? "");
  assert.deepEqual(sections, codes);
});

test("every section says something", () => {
  const [page] = files("docs/errors.md");
  const bodies = (page?.text ?? "").split(/^## /m).slice(1);
  const thin = bodies.filter((body) => body.split("\n").slice(1).join(" ").trim().length < 40);
  assert.deepEqual(thin, []);
});
