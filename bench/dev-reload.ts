// From saving a file of Conduit to the first answer of the new version, under `kiln dev`.
// Run: npm run bench:dev [times]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "./median.ts";

const times = Number(process.argv[2] ?? 10);
const root = fileURLToPath(new URL("..", import.meta.url));
const file = `${root}examples/conduit/tags.ts`;
const child = spawn(
  process.execPath,
  ["--conditions=kilnjs-source", `${root}bin/kiln.js`, "dev", "examples/conduit/main.ts", "--port", "0"],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NO_COLOR: "1", LOG_LEVEL: "info" } },
);
let onReady: (url: string) => void = () => {};
child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
  const [, url] = /\bready\b.*?url=(\S+)/.exec(chunk) ?? [];
  if (url !== undefined) onReady(url);
});

function ready(): Promise<string> {
  return new Promise((resolve) => {
    onReady = resolve;
  });
}

await ready();
const took: number[] = [];
for (let count = 0; count < times; count++) {
  // The spare process is there by then, as it is when a person saves.
  await setTimeout(2_000);
  const served = ready();
  const saved = performance.now();
  writeFileSync(file, readFileSync(file));
  const answer = await fetch(`${await served}/api/tags`);
  await answer.text();
  took.push(performance.now() - saved);
}
child.kill("SIGTERM");
await once(child, "exit");
console.log(
  `Conduit, ${times} saves: median ${median(took).toFixed(0)} ms, longest ${Math.max(...took).toFixed(0)} ms from saving to the answer`,
);
