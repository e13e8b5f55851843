// The docs hang together: links lead somewhere, every rule has its page, every script that is named exists.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { files, root, type TextFile } from "./sources.ts";

const pages: readonly TextFile[] = files("*.md", "docs/**/*.md", "bench/*.md");

/** Text without fenced code, where brackets mean something else. */
function prose(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, "");
}

/** The anchor that a heading gets: lower case, words joined by hyphens. */
function anchorOf(heading: string): string {
  const plain = heading.replace(/[`*]/g, "").trim().toLowerCase();
  return plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}

function anchorsOf(path: string): string[] {
  const page = pages.find((candidate) => candidate.path === path);
  return [...prose(page?.text ?? "").matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] ?? ""));
}

function brokenLinks({ path, text }: TextFile): string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = "", anchor] = target.split("#");
      const found = file === "" ? path : join(dirname(path), file);
      return !existsSync(join(root, found)) || (anchor !== undefined && !anchorsOf(found).includes(anchor));
    })
    .map((target) => `${path}: ${target}`);
}

test("every relative link leads to a file and a heading that exist", () => {
  assert.deepEqual(pages.flatMap(brokenLinks), []);
});

test("the README's table links a page for each of the fifteen rules", () => {
  const readme = pages.find(({ path }) => path === "README.md")?.text ?? "";
  const linked = [...readme.matchAll(/\]\((docs\/rules\/(\d\d)-[a-z-]+\.md)\)/g)];
  const numbers = Array.from({ length: 15 }, (_, index) => String(index + 1).padStart(2, "0"));
  assert.deepEqual(
    linked.map((match) => match[2]),
    numbers,
  );
  assert.deepEqual(
    files("docs/rules/*.md").map(({ path }) => path),
    linked.map((match) => match[1]),
  );
});

test("docs/README.md lists every page", () => {
  const index = pages.find(({ path }) => path === "docs/README.md")?.text ?? "";
  const missing = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !path.startsWith("docs/rules/"))
    .filter((path) => !index.includes(`](${path.slice("docs/".length)})`));
  assert.deepEqual(missing, []);
});

test("every npm script that a page names exists", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(files("package.json")[0]?.text ?? "");
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run ([a-z:]+)/g)].map((match) => ({ path, script: match[1] ?? "" })),
  );
  assert.deepEqual(
    // What `kiln` or a user's project calls its own scripts is not ours to know; ours have these names.
    named.filter(({ script }) => scripts[script] === undefined),
    [],
  );
});
