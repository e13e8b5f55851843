// A blocking() function called from a script, a handler, a dependency, a background task and another thread.
import assert from "node:assert/strict";
import { test } from "node:test";
import { depends, kiln, query } from "kilnjs";
import { z } from "zod";
import { bothWays } from "../../both-ways.ts";
import { shout } from "./programs/images.ts";
import { add } from "./programs/sums.ts";

test("runs in a thread and gives the result", async () => {
  assert.equal(await add(1, 2), 3);
});

bothWays(
  "is a handler, and a dependency",
  () => {
    const app = kiln({ title: "Names" });
    const name = query(z.string());
    app.get("/handler", { needs: { name }, returns: z.string() }, shout);
    app.get("/dependency", { needs: { shouted: depends({ name }, shout) } }, ({ shouted }) => shouted);
    return app;
  },
  async (t) => {
    assert.equal((await t.get("/handler", { query: { name: "ann" } })).json(), "ANN!");
    assert.equal((await t.get("/dependency", { query: { name: "bob" } })).json(), "BOB!");
  },
);
