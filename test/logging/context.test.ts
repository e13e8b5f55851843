import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { definition, isProvider, type Provider } from "../../src/contract/provider.ts";
import { addAppLogger, currentActivity, removeAppLogger, runFor } from "../../src/logging/context.ts";
import { log } from "../../src/logging/log.ts";
import type { Logger } from "../../src/logging/logger.ts";
import { captured, type Line } from "./captured.ts";

function pick(line: Line, ...names: string[]): Line {
  return Object.fromEntries(names.filter((name) => name in line).map((name) => [name, line[name]]));
}

test("what is bound holds for the rest of the request, across await, timers and emitters", async () => {
  const { root, lines } = captured();
  const request = root.forRequest("r1");
  const emitter = new EventEmitter().on("order", () => log.info("in a listener"));
  const inTimer = Promise.withResolvers<void>();
  await runFor({ kind: "request", log: request }, async () => {
    log.info("first");
    log.bind({ user_id: 7 });
    await later(1);
    log.info("after an await");
    setTimeout(() => {
      log.info("in a timer");
      inTimer.resolve();
    }, 1);
    emitter.emit("order");
    queueMicrotask(() => log.info("in a microtask"));
    await inTimer.promise;
    request.info("injected");
  });
  const all = lines();
  assert.deepEqual(pick(all[0] ?? {}, "message", "request_id", "user_id"), { message: "first", request_id: "r1" });
  assert.equal(all.length, 6);
  for (const line of all.slice(1))
    assert.deepEqual(pick(line, "request_id", "user_id"), { request_id: "r1", user_id: 7 });
});

test("the import is a provider of the request's logger", () => {
  const typed: Provider<Logger, "request", never> = log;
  assert.ok(isProvider(typed));
  assert.deepEqual(log[definition], { kind: "ambient", name: "log" });
});

test("requests that run at once keep their fields apart", async () => {
  const { root, lines } = captured();
  await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      runFor({ kind: "request", log: root.forRequest(`r${i}`) }, async () => {
        log.bind({ user: i });
        await later(i % 5);
        log.info({ seen: i }, "line");
      }),
    ),
  );
  const all = lines();
  assert.equal(all.length, 50);
  for (const line of all) assert.deepEqual([line.request_id, line.user], [`r${line.seen}`, line.seen]);
});

test("the imported log goes to the app outside a request", () => {
  const { root, last } = captured();
  addAppLogger(root);
  try {
    log.warn("outside");
    assert.equal(last().message, "outside");
    assert.equal("request_id" in last(), false);
    assert.equal(currentActivity(), undefined);
  } finally {
    removeAppLogger(root);
  }
});

test("a method that was taken off its logger writes to the request it runs in", async () => {
  const { root, last } = captured();
  const request = root.forRequest("r9");
  await runFor({ kind: "request", log: request }, () => Promise.reject(new Error("no")).catch(request.error));
  assert.equal(last().request_id, "r9");
  assert.equal(last().message, "no");
  const { info } = request;
  info("alone");
});

test("a later value of a bound name wins, on one line or on all", () => {
  const { root, texts, last } = captured();
  const request = root.forRequest("r1");
  request.bind({ step: 1, user: "a" });
  request.bind({ step: 2 });
  request.info({ user: "b" }, "line");
  assert.deepEqual(pick(last(), "step", "user"), { step: 2, user: "b" });
  assert.equal(texts[0]?.match(/"user"/g)?.length, 1, "no name stands twice on a line");
  request.info("next");
  assert.deepEqual(pick(last(), "step", "user"), { step: 2, user: "a" });
});

test("a child has its own fields and sees what is bound around it later", () => {
  const { root, last } = captured();
  const request = root.forRequest("r1");
  const child = request.child({ part: "mail" });
  request.bind({ user: 1 });
  root.bind({ region: "eu" });
  child.bind({ try: 2 });
  child.info("in the child");
  assert.deepEqual(pick(last(), "part", "user", "region", "try"), { part: "mail", user: 1, region: "eu", try: 2 });
  request.info("outside it");
  assert.deepEqual(pick(last(), "part", "user", "region", "try"), { user: 1, region: "eu" });
});

test("bound values are those of the moment they were bound", () => {
  const { root, last } = captured();
  const cart = { items: 1 };
  root.bind({ cart });
  cart.items = 2;
  root.info("line");
  assert.deepEqual(last().cart, { items: 1 });
});
