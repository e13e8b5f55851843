// Type-checks every example as a module of its own: ```ts fences in the docs, and `@example`s in the sources.
// Run: node scripts/check-examples.ts
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, root } from "./pack.ts";

/** One example and where it stands. */
interface Example {
  readonly path: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

const fence = /^( *(?:\* )?)```ts\n([\s\S]*?)^ *(?:\* )?```$/gm;

function examplesIn(path: string): Example[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(fence)].map((match) => ({
    path,
    line: text.slice(0, match.index).split("\n").length + 1,
    code: path.endsWith(".md") ? (match[2] ?? "") : (match[2] ?? "").replace(/^ *\* ?/gm, ""),
  }));
}

/** Every example of the docs and the sources. */
export function examples(): Example[] {
  const paths = globSync(["*.md", "docs/**/*.md", "src/**/*.ts"], { cwd: root }).sort();
  return paths.flatMap(examplesIn);
}

/** The compiler's complaints about the examples, at the places where these stand; empty when all is well. */
export function checkExamples(): string[] {
  const folder = join(cache, "examples");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules", "kilnjs"));
  const all = examples();
  const names = all.map((_, index) => `example-${index}.ts`);
  for (const [index, { code }] of all.entries()) {
    // Even one without imports is a module, so that names of different examples do not meet.
    writeFileSync(join(folder, names[index] ?? ""), `${code}\nexport {};\n`);
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(root, "tsconfig.json"), ...settings }));
  const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => inPlace(line, all));
}

const settings = {
  compilerOptions: {
    // Examples are there to be read: their exports need no annotations, and not every name need be used.
    isolatedDeclarations: false,
    declaration: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    preserveSymlinks: false,
    incremental: false,
    tsBuildInfoFile: null,
  },
  include: ["*.ts"],
};

function inPlace(complaint: string, all: readonly Example[]): string {
  const match = /^example-(\d+)\.ts\((\d+),(\d+)\): (.*)$/.exec(complaint);
  const example = all[Number(match?.[1])];
  if (match === null || example === undefined) return complaint;
  return `${example.path}:${example.line + Number(match[2]) - 1}:${match[3]} ${match[4]}`;
}

if (import.meta.main) {
  const complaints = checkExamples();
  process.stdout.write(complaints.map((line) => `${line}\n`).join(""));
  process.stdout.write(`${examples().length} examples checked, ${complaints.length} complaints\n`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
