import assert from "node:assert/strict";
import { setTimeout as after } from "node:timers/promises";
import { body, depends, kiln, log } from "kilnjs";
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
