import assert from "node:assert/strict";
import { test } from "node:test";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { runFor } from "../../src/logging/context.ts";
import { log } from "../../src/logging/log.ts";
import type { Level } from "../../src/logging/logger.ts";
import { captured } from "./captured.ts";

const all = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

function written(level: Level): unknown[] {
  const { root, lines } = captured({ level });
  for (const each of all) root[each](each);
  return lines().map((line) => line.level);
}

test("each level writes itself and what is above", () => {
  for (const [i, level] of all.entries()) assert.deepEqual(written(level), all.slice(i));
  assert.deepEqual(written("silent"), []);
});

test("production starts at info, other environments at debug", () => {
  assert.equal(captured().root.level, "info");
  const { root, lines } = captured({ format: "json" });
  root.debug("unseen");
  assert.deepEqual(lines(), []);
});

test("the level can change while the app runs, for every logger of it", () => {
  const { root, lines } = captured();
  const request = root.forRequest("r1");
  const child = request.child({ part: "mail" });
  child.debug("before");
  root.level = "debug";
  assert.equal(root.level, "debug");
  child.debug("during");
  root.level = "silent";
  child.fatal("after");
  assert.deepEqual(
    lines().map((line) => line.message),
    ["during"],
  );
});

test("the imported log has the level of the app, also from within a request", () => {
  const { root, lines } = captured();
  runFor({ kind: "request", log: root.forRequest("r1") }, () => {
    log.debug("before");
    assert.equal(log.level, "info");
    log.level = "debug";
    log.debug("after");
    assert.throws(() => {
      // As it may come from a request that sets the level.
      log.level = "loud" as Level;
    }, /KILN_LOG_LEVEL/);
  });
  assert.equal(root.level, "debug");
  assert.deepEqual(
    lines().map((line) => line.message),
    ["after"],
  );
});

test("isLevelEnabled tells what would be written", () => {
  const { root } = captured({ level: "warn" });
  assert.equal(root.isLevelEnabled("info"), false);
  assert.equal(root.isLevelEnabled("warn"), true);
  assert.equal(root.child({}).isLevelEnabled("error"), true);
  assert.equal(root.isLevelEnabled("silent"), false);
});

test("a level that is none is refused by name", () => {
  // As it may come from an environment variable.
  const wrong = "verbose" as Level;
  assert.throws(
    () => captured({ level: wrong }),
    (error) =>
      error instanceof KilnError && error.code === "KILN_LOG_LEVEL" && /"verbose".*trace, debug/.test(error.message),
  );
  const { root } = captured();
  assert.throws(() => {
    root.level = wrong;
  }, /KILN_LOG_LEVEL/);
  assert.equal(root.level, "info");
});

test("a level that is off does not look at its fields", () => {
  const { root } = captured();
  const fields = {
    get costly(): string {
      throw new Error("looked");
    },
  };
  root.debug(fields, "off");
});
