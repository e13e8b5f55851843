import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { type TestApp, testApp } from "kilnjs/testing";
import { app } from "../../../examples/conduit/main.ts";
import { register } from "./actors.ts";
import { apiOver } from "./api.ts";
import { malformed } from "./malformed.ts";
import { sendOver, testSettings } from "./targets.ts";

/** 16 kinds times this many. */
const runsPerKind = 1_260;

interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

function assertRefusal({ status, headers, text }: Refusal): void {
  assert.ok(status >= 400 && status < 500, `answered ${status}: ${text.slice(0, 300)}`);
  assert.match(headers.get("content-type") ?? "", /^application\/(problem\+)?json\b/);
  const body: unknown = JSON.parse(text);
  assert.ok(typeof body === "object" && body !== null && ("errors" in body || "title" in body), text);
}

// Several kinds at once: while one waits for the database, another is generated.
describe("bad input", { concurrency: 4 }, () => {
  let t: TestApp;
  let authorization: string;
  before(async () => {
    t = await testApp(app, { settings: testSettings, logging: { level: "warn" } });
    authorization = `Token ${(await register(apiOver(() => sendOver(t)))).token}`;
  });
  for (const [kind, requests] of Object.entries(malformed)) {
    test(`${runsPerKind} times ${kind}`, { timeout: 120_000 }, async () => {
      const send = sendOver(t);
      const property = fc.asyncProperty(requests, async ({ method, path, headers, body }) => {
        // With a good token, so that it is not the missing one that is refused.
        assertRefusal(await send({ method, path, headers: { authorization, ...headers }, body }));
      });
      await fc.assert(property, { numRuns: runsPerKind });
    });
  }

  after(async () => {
    assert.equal((await t.get("/api/tags")).status, 200);
    assert.deepEqual(t.logs.lines, [], "nothing was logged as a warning or an error");
    await t.close();
  });
});
