import assert from "node:assert/strict";
import { body, httpError, kiln, path, query } from "kilnjs";
import type { TestResponse } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

function makeApp() {
  const app = kiln({ title: "problems", bodyLimit: 1000 });
  const Missing = httpError(404, "post_not_found", "No post has this id");
  app.get("/posts/:id", { needs: { id: path(z.int()) } }, ({ id }) => {
    if (id === 404) throw new Missing("It was deleted", { extra: { id, status: 1 }, headers: { "x-why": "gone" } });
    if (id === 500) throw new Error("password=hunter2");
    if (id === 501) throw undefined;
    return { id };
  });
  app.post("/posts", { needs: { post: body(z.object({ title: z.string() })) }, status: 201 }, ({ post }) => post);
  app.delete("/posts/:id", { needs: { id: path(z.int()) } }, () => undefined);
  app.get("/search", { needs: { q: query(z.string()) } }, ({ q }) => ({ q }));
  return app;
}

interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance: string;
  request_id: string;
  errors?: { in: string; path: (string | number)[]; code: string; message: string }[];
}

function problem(answer: TestResponse, status: number, code: string): Problem {
  assert.equal(answer.status, status, answer.text());
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const found = answer.json<Problem>();
  assert.equal(found.status, status);
  assert.equal(found.type, `urn:problem-type:${code}`);
  assert.equal(found.request_id, answer.headers.get("x-request-id"));
  assert.ok(found.title.length > 0);
  return found;
}

bothWays("a planned error is a problem with its code, detail, members and headers", makeApp, async (t) => {
  const answer = await t.get("/posts/404?secret=1");
  const found = problem(answer, 404, "post_not_found") as Problem & { id: number };
  assert.equal(found.detail, "It was deleted");
  assert.equal(found.instance, "/posts/404", "the query stays out");
  assert.equal(found.id, 404, "further members are kept, the standard ones are not replaced");
  assert.equal(answer.headers.get("x-why"), "gone");
});

bothWays(
  "anything else that is thrown is a 500 that tells nothing, and one log line that tells all",
  makeApp,
  async (t) => {
    for (const id of [500, 501]) {
      const answer = await t.get(`/posts/${id}`);
      const found = problem(answer, 500, "internal_error");
      assert.equal(found.detail, undefined);
      assert.doesNotMatch(answer.text(), /hunter2|Error:|at /);
    }
    const lines = t.logs.filter(({ message }) => message === "request_failed");
    assert.equal(lines.length, 2);
    assert.match(JSON.stringify(lines[0]), /problems\.test\.ts/);
  },
);

bothWays("unknown paths are 404, known paths with another method 405 with Allow", makeApp, async (t) => {
  problem(await t.get("/nothing"), 404, "not_found");
  const answer = await t.request("PATCH", "/posts/1");
  problem(answer, 405, "method_not_allowed");
  assert.equal(answer.headers.get("allow"), "DELETE, GET, HEAD, OPTIONS");
  const posts = await t.request("PUT", "/posts");
  assert.equal(posts.headers.get("allow"), "POST, OPTIONS");
});

bothWays("OPTIONS tells the methods, HEAD answers like GET without a body", makeApp, async (t) => {
  const options = await t.request("OPTIONS", "/posts/1");
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "DELETE, GET, HEAD, OPTIONS");
  const head = await t.request("HEAD", "/posts/1");
  assert.equal(head.status, 200);
  assert.equal(head.text(), "");
  assert.equal(head.headers.get("content-length"), String((await t.get("/posts/1")).text().length));
  problem(await t.request("OPTIONS", "/nothing"), 404, "not_found");
});

bothWays("bodies that cannot be read are 400, of another type 415, too large 413, invalid 422", makeApp, async (t) => {
  const json = { "content-type": "application/json" };
  const send = (text: string | Uint8Array, headers: Record<string, string> = json) =>
    t.post("/posts", { body: text, headers });
  for (const text of [
    "{",
    '{"title":}',
    "[".repeat(500),
    '{"title":"a","title":"b"}',
    '{"__proto__":{"x":1},"title":"a"}',
  ]) {
    assert.equal((await send(text)).status, 400, text.slice(0, 40));
  }
  assert.equal((await send(Uint8Array.from([0x22, 0xff, 0x22]))).status, 400, "invalid UTF-8");
  assert.equal((await send('{"title":"a"}', { "content-type": "text/plain" })).status, 415);
  assert.equal((await send("title=a", { "content-type": "application/x-www-form-urlencoded" })).status, 415);
  assert.equal((await send('{"title":"a"}', { "content-type": "application/json; charset=latin1" })).status, 415);
  problem(await send(JSON.stringify({ title: "a".repeat(1000) })), 413, "body_too_large");
  const invalid = problem(await send('{"title":1}'), 422, "validation_failed");
  assert.deepEqual(
    invalid.errors?.map((issue) => [issue.in, issue.path]),
    [["body", ["title"]]],
  );
  const none = problem(await t.post("/posts"), 422, "validation_failed");
  assert.deepEqual(
    none.errors?.map((issue) => [issue.in, issue.path, issue.code]),
    [["body", [], "missing"]],
  );
  assert.equal(
    (await send('{"title":"a"}', { "content-type": "application/merge-patch+json; charset=UTF-8" })).status,
    201,
  );
});

bothWays("a URL that is not correctly encoded is a 400, in path and query", makeApp, async (t) => {
  for (const url of ["/posts/%zz", "/search?q=%zz", "/search?q=%ff", "/%", "/posts/%E0%A4%A"]) {
    problem(await t.get(url), 400, "malformed_url");
  }
  assert.deepEqual((await t.get("/search?q=a%20b%2B%E2%82%AC+c")).json(), { q: "a b+€ c" });
});

bothWays("a trailing slash is the same path", makeApp, async (t) => {
  assert.equal((await t.get("/posts/1/")).status, 200);
});
