// What the compiler says about a mistake is part of the API: each fixture marks its mistakes with the words that must be
// in the message, and no other line of it may be refused.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const compiler = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url));

interface Complaint {
  readonly file: string;
  readonly line: number;
  text: string;
}

function complaints(): Complaint[] {
  const { stdout } = spawnSync(compiler, ["--pretty", "false", "-p", fixtures], { cwd: fixtures, encoding: "utf8" });
  const found: Complaint[] = [];
  for (const line of stdout.split("\n")) {
    const head = /^(?:.*\/)?([\w-]+\.ts)\((\d+),\d+\): (.*)$/.exec(line);
    const last = found.at(-1);
    if (head !== null) found.push({ file: head[1] ?? "", line: Number(head[2]), text: head[3] ?? "" });
    else if (last !== undefined) last.text += `\n${line}`;
  }
  return found;
}

/** Every mark of a fixture, with the range of lines up to the next blank one that its complaint may stand on. */
function marks(file: string): { readonly from: number; readonly to: number; readonly words: string }[] {
  const lines = readFileSync(join(fixtures, file), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const words = /^\s*\/\/ says: (.*)$/.exec(line)?.[1];
    const blank = lines.indexOf("", index);
    return words === undefined ? [] : [{ from: index + 2, to: blank === -1 ? lines.length : blank, words }];
  });
}

const all = complaints();

for (const file of globSync("*.ts", { cwd: fixtures }).sort()) {
  test(`the compiler refuses what fixtures/${file} marks, in those words, and nothing else`, () => {
    const unmarked = all.filter((complaint) => complaint.file === file);
    for (const { from, to, words } of marks(file)) {
      const index = unmarked.findIndex(({ line, text }) => line >= from && line <= to && text.includes(words));
      assert.notEqual(
        index,
        -1,
        `${file}:${from} is refused in the words ${words}\nbut the compiler says\n${said(from)}`,
      );
      unmarked.splice(index, 1);
    }
    assert.deepEqual(unmarked, []);
  });

  const said = (from: number): string =>
    all
      .filter((complaint) => complaint.file === file && complaint.line >= from - 1 && complaint.line < from + 5)
      .map(({ line, text }) => `${line}: ${text}`)
      .join("\n");
}
