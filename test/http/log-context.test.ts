import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { body, DeadlineExceeded, depends, kiln, log, signal } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

function helper(): void {
  log.info("from a helper");
}

bothWays(
  "what is bound in a request is on its later lines, wherever they are written, and on no other's",
  () => {
    const bound = depends({ log }, ({ log }) => log.bind({ tenant: "acme" }));
    const app = kiln({ title: "context" });
    app.post("/", { needs: { bound, n: body(z.object({ n: z.int() })), log } }, async ({ n, log: injected }) => {
      injected.bind({ n: n.n });
      await after(1);
      helper();
      await new Promise<void>((resolve) => {
        setImmediate(() => {
          helper();
          resolve();
        });
      });
      return n;
    });
    app.get("/", {}, () => {
      helper();
      return 1;
    });
    return app;
  },
  async (t) => {
    const [first, second] = await Promise.all([t.post("/", { json: { n: 1 } }), t.post("/", { json: { n: 2 } })]);
    const other = await t.get("/");
    await t.idle();
    for (const [n, answer] of [
      [1, first],
      [2, second],
    ] as const) {
      const lines = t.logs.filter({ request_id: answer.headers.get("x-request-id") ?? "" });
      assert.deepEqual(
        lines.map(({ message }) => message),
        ["request_received", "from a helper", "from a helper", "request_completed"],
      );
      for (const line of lines.slice(1)) assert.deepEqual([line.tenant, line.n], ["acme", n], line.message);
    }
    const plain = t.logs.filter({ request_id: other.headers.get("x-request-id") ?? "" });
    assert.equal(plain.length, 3);
    assert.ok(plain.every((line) => line.tenant === undefined));
  },
);

function hearing(timeout: number, begun: () => void) {
  const app = kiln({ title: "late" });
  app.onError(DeadlineExceeded, () => {
    log.info("from the handler of errors");
    return { body: "late" };
  });
  app.get("/:name", { needs: { signal }, timeout }, ({ signal }) => {
    begun();
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        log.info("from a listener");
        setImmediate(resolve);
      });
    });
  });
  return app;
}

bothWays(
  "what hears of a deadline, and what answers for it, logs for its request",
  () => hearing(50, () => undefined),
  async (t) => {
    for (const name of ["a", "b"]) {
      const answer = await t.get(`/${name}`);
      const lines = t.logs.filter({ request_id: answer.headers.get("x-request-id") ?? "" });
      const messages = lines.map(({ message }) => message).filter((message) => message?.startsWith("from"));
      assert.deepEqual(messages, ["from a listener", "from the handler of errors"]);
    }
  },
);

test("what hears of a client that leaves logs for its request", async () => {
  const begun = Promise.withResolvers<void>();
  await using t = await testApp(hearing(60_000, begun.resolve), { socket: true });
  const client = request(`${t.url}/a`, { headers: { "x-request-id": "gone" } }).on("error", () => undefined);
  client.end();
  await begun.promise;
  client.destroy();
  await t.idle();
  assert.equal(t.logs.find("from a listener")?.request_id, "gone");
});
