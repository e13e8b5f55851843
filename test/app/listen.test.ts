import assert from "node:assert/strict";
import { test } from "node:test";
import { kiln } from "kilnjs";

test("an app that listens is closed at once, before its server is loaded", async () => {
  const app = kiln({ title: "Closed", logging: { level: "silent" } });
  app.get("/early", {}, () => ({ early: true }));
  const starting = app.listen({ port: 0, signals: false });
  assert.throws(() => app.get("/late", {}, () => ({})), { code: "KILN_REGISTRATION_CLOSED" });
  const { url, close } = await starting;
  try {
    const answer = await fetch(`${url}/early`);
    assert.deepEqual(await answer.json(), { early: true });
  } finally {
    await close();
  }
});
