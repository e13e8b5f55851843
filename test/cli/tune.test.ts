import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { project } from "./project.ts";

// Its process ids, so that a test can see whether any is left.
const shop = `import { appendFileSync } from "node:fs";
import { body, header, kiln } from "kilnjs";
import { z } from "zod";
if (process.argv.includes("tune")) throw new Error("loaded where the load comes from");
appendFileSync("pids", process.pid + " " + process.env.NODE_ENV + "\\n");
export const app = kiln({ title: "Shop" });
app.get("/items", {}, () => Array.from({ length: 3_000 }, (_, id) => ({ id })));
app.get("/items/:id", {}, () => 1);
app.get("/hello", {}, () => ({ hello: "world" }));
app.get("/mine", { needs: { key: header(z.string()) } }, ({ key }) => key);
let sold = 0;
app.post("/sales", { needs: { sale: body(z.object({ item: z.string() })), key: header(z.string()) }, status: 201 }, ({ sale, key }) => {
  sold += 1;
  if (sale.item === "last" && sold > 5) throw new Error("sold out");
  return { sale, key };
});
`;

const quick = ["--rounds", "1", "--seconds", "0.3", "--warmup", "0.2", "--connections", "8"];

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function leftOf(folder: string): readonly number[] {
  const lines = readFileSync(join(folder, "pids"), "utf8").trimEnd().split("\n");
  return lines.map((line) => Number(line.split(" ")[0])).filter(isRunning);
}

test("tune measures one worker and two on the cheapest GET, and records what it recommends", async () => {
  const { kiln, folder } = project({ "src/main.ts": shop }, { NODE_ENV: "development" });
  const { code, stdout, stderr } = await kiln("tune", "--max", "2", "--write", ...quick);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^Measures 1, 2 workers: 1 × 0\.3 s each, after 0\.2 s of warm-up; 8 connections from 1 thread\.\n/,
  );
  assert.match(stdout, /^It takes about \d+ s\. The load comes from this machine/m);
  assert.match(stdout, /^Sends GET \/hello, the cheapest of 2 GET routes without parameters, with \d+\.\d ms\./m);
  assert.match(stdout, /^WORKERS +ANSWERS\/S +SPREAD +P50 +P99 +APP CORES +MEMORY +LOAD CORES +LOAD SHARE$/m);
  const rows = [...stdout.matchAll(/^([12]) +([\d,]+) +\S+ ms +\S+ ms +(\S+) +(\S+) MB +(\S+) +(\d+)%$/gm)];
  assert.deepEqual(
    rows.map(([, workers]) => workers),
    ["1", "2"],
  );
  if (process.platform === "linux") {
    for (const [row, , , , megabytes] of rows) assert.ok(Number(megabytes) > 20, row);
  }
  assert.equal([...stdout.matchAll(/^[12] {2}█.*\/s/gm)].length, 2);
  const chosen = /^Recommended: (\d) workers?, .+\.$/m.exec(stdout)?.[1];
  assert.ok(chosen);
  assert.match(stdout, new RegExp(`^${chosen} .*<-$`, "m"));
  assert.equal(
    readFileSync(join(folder, "package.json"), "utf8"),
    `{ "type": "module", "kiln": { "workers": ${chosen} } }\n`,
  );
  assert.doesNotMatch(readFileSync(join(folder, "pids"), "utf8"), /development/);
  assert.deepEqual(leftOf(folder), []);
});

test("tune sends the routes that are named, with their bodies and headers, from several threads", async () => {
  const { kiln } = project({ "src/main.ts": shop, "sale.json": '{ "item": "[<id>]" }' });
  const routes = ["--header", "key: k", "--route", "POST /sales", "--body", "sale.json", "--route", "/mine"];
  const { code, stdout, stderr } = await kiln("tune", "--max", "1", ...quick, "--threads", "2", ...routes);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Measures 1 worker: .* 8 connections from 2 threads\.\n/);
  assert.match(stdout, /^Sends POST \/sales, GET \/mine\.$/m);
  assert.match(stdout, /^Recommended: 1 worker, the best throughput/m);
  assert.match(stdout, /^Record it with --write/m);
});

test("an answer that is not 2xx ends the run and is shown", async () => {
  const { kiln, folder } = project({ "src/main.ts": shop, "package.json": "{}" });
  const args = ["tune", "--max", "1", "--write", ...quick, "--header", "key: k", "--route", "POST /sales"];
  const wrong = await kiln(...args, "--body", '{ "item": 1 }');
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    /^KILN_TUNE_ANSWER in kiln tune: "POST \/sales" was answered with 422: \{"type".*"path":\["item"\]/,
  );

  const underLoad = await kiln(...args, "--body", '{ "item": "last" }');
  assert.equal(underLoad.code, 1);
  assert.match(underLoad.stderr, /^KILN_TUNE_ANSWER in kiln tune: "POST \/sales" was answered with 500: \{"type"/);
  assert.equal(readFileSync(join(folder, "package.json"), "utf8"), "{}");
  assert.deepEqual(leftOf(folder), []);
});

test("what cannot be used is told before anything is started", async () => {
  const { kiln, folder } = project({ "src/main.ts": shop, "package.json": "[]" });
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--route", "POST articles"], /KILN_TUNE_OPTIONS .*"--route POST articles" is no route/],
    [["--body", "{}"], /KILN_TUNE_OPTIONS .*"--body" belongs to no route/],
    [["--header", "no value"], /KILN_TUNE_OPTIONS .*is no header/],
    [["--route", "/", "--body", "none.json"], /KILN_TUNE_OPTIONS .*neither JSON nor a file.*ENOENT/],
    [["--write"], /KILN_TUNE_OPTIONS .*"--write" finds no object in/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await kiln("tune", ...args);
    assert.equal(code, 1);
    assert.match(stderr, expected);
  }
  assert.equal(existsSync(join(folder, "pids")), false);
});

test("an app without a GET that can be asked for, or one that does not start, is told", async () => {
  const plain =
    'import { kiln } from "kilnjs";\nexport const app = kiln({ title: "None" });\napp.get("/:id", {}, () => 1);\n';
  const none = await project({ "src/main.ts": plain }).kiln("tune", "--max", "1", ...quick);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^KILN_TUNE_OPTIONS .*"GET" is no route without parameters/);
  const broken = `${plain}if (process.argv.includes("start")) throw new Error("no such host");\n`;
  const fails = await project({ "src/main.ts": broken }).kiln("tune", "--max", "1", "--route", "/1", ...quick);
  assert.equal(fails.code, 1);
  assert.match(
    fails.stderr,
    /^KILN_TUNE_START in kiln tune: ".*main\.ts" did not start with 1 workers: .*no such host/s,
  );
});

test("a signal ends tune and the app that it has started", async () => {
  const { serve, folder } = project({ "src/main.ts": shop });
  const tuning = serve("tune", "--max", "2", "--seconds", "60", "--route", "/hello");
  await tuning.prints(/^Sends GET \/hello\.$/m);
  assert.deepEqual(await tuning.end("SIGTERM"), { code: null, signal: "SIGTERM" });
  assert.deepEqual(leftOf(folder), []);
});
