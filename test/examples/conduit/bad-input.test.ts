import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { register } from "./actors.ts";
import { type Api, apiOver, type Opened } from "./api.ts";
import { malformed } from "./malformed.ts";
import { tagsOf } from "./shapes.ts";
import { inProcess } from "./targets.ts";

/** 16 kinds times this many. */
const runsPerKind = 1_300;

function assertRefusal(answer: { status: number; text: string; headers: Headers }, isHead: boolean): void {
  assert.ok(answer.status >= 400 && answer.status < 500, `answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  if (isHead) return;
  assert.match(answer.headers.get("content-type") ?? "", /^application\/(problem\+)?json\b/);
  const body: unknown = JSON.parse(answer.text);
  assert.ok(typeof body === "object" && body !== null && ("errors" in body || "title" in body), answer.text);
}

describe("bad input", () => {
  let opened: Opened;
  let api: Api;
  let token: string;
  before(async () => {
    opened = await inProcess.open();
    api = apiOver(() => opened.send);
    token = (await register(api)).token;
  });
  after(() => opened.close());

  for (const [kind, requests] of Object.entries(malformed)) {
    test(`${runsPerKind} times ${kind}`, { timeout: 30_000 }, async () => {
      const property = fc.asyncProperty(requests, async ({ method, path, headers, body }) => {
        const answer = await opened.send({
          method,
          path,
          // With a good token, so that it is not the missing one that is refused.
          headers: { authorization: `Token ${token}`, ...headers },
          body,
        });
        assertRefusal(answer, method === "HEAD");
      });
      await fc.assert(property, { numRuns: runsPerKind });
      tagsOf(await api.get("/tags"));
    });
  }
});
