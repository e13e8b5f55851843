import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { createLogger } from "../../src/logging/create-logger.ts";
import { numbers, upTo } from "./run.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln-logging-"));
});
after(() => rm(folder, { recursive: true }));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("the lines of one turn go out together when it ends", async () => {
  const destination = join(folder, "turn.log");
  const log = createLogger({ production: true, destination });
  const sizes: number[] = [];
  for (let n = 0; n < 100; n += 1) {
    log.info({ n }, "line");
    await Promise.resolve();
    sizes.push(statSync(destination).size);
  }
  assert.deepEqual(new Set(sizes), new Set([0]));
  await turn();
  assert.deepEqual(numbers(await readFile(destination, "utf8")), upTo(100));
  await log.close();
});

test("a long turn does not collect without end", async () => {
  const destination = join(folder, "long.log");
  const log = createLogger({ production: true, destination });
  for (let n = 0; n < 2_000; n += 1) log.info({ n, padding: "x".repeat(100) }, "line");
  assert.ok((await stat(destination)).size > 100_000);
  await log.close();
});

test("flushSync and fatal write at once, flush and close resolve when everything is out", async () => {
  const destination = join(folder, "flush.log");
  const log = createLogger({ production: true, destination });
  const written = (): number => statSync(destination).size;
  log.info({ n: 0 }, "line");
  log.flushSync();
  const first = written();
  log.fatal({ n: 1 }, "line");
  const second = written();
  log.info({ n: 2 }, "line");
  await log.flush();
  const third = written();
  assert.ok(0 < first && first < second && second < third);
  log.info({ n: 3 }, "line");
  await log.close();
  log.info({ n: 4 }, "late");
  await turn();
  assert.deepEqual(numbers(await readFile(destination, "utf8")), upTo(4));
});

test("two loggers on one file keep their order; the file closes with the last", async () => {
  const destination = join(folder, "two.log");
  const one = createLogger({ production: true, destination });
  const two = createLogger({ production: true, destination });
  one.info({ n: 0 }, "line");
  two.info({ n: 1 }, "line");
  await one.close();
  await one.close();
  two.info({ n: 2 }, "line");
  await two.close();
  assert.deepEqual(numbers(await readFile(destination, "utf8")), upTo(3));
});

test("a file is appended to, and kept from the eyes of others", async () => {
  const destination = join(folder, "append.log");
  await writeFile(destination, '{"n":0}\n');
  const log = createLogger({ production: true, destination });
  log.info({ n: 1 }, "line");
  await log.close();
  assert.deepEqual(numbers(await readFile(destination, "utf8")), upTo(2));
  const fresh = createLogger({ production: true, destination: join(folder, "deep", "er", "new.log") });
  await fresh.close();
  assert.equal((await stat(join(folder, "deep", "er", "new.log"))).mode & 0o007, 0);
});

test("a path that cannot be opened is an error that says so", () => {
  assert.throws(
    () => createLogger({ production: true, destination: folder }),
    (error) => error instanceof KilnError && error.code === "KILN_LOG_DESTINATION" && error.message.includes(folder),
  );
});
