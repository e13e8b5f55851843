import assert from "node:assert/strict";
import { test } from "node:test";
import { register, unique } from "./actors.ts";
import { errorsOf, tagsOf, userOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

const json = { "content-type": "application/json" };

conduit("requests", (api) => {
  test("says no to what is not JSON", async () => {
    for (const body of ["{", '{"user":}', "not json", '{"user":{}}}', "'{}'", "\u0000"]) {
      errorsOf(await api.post("/users", { body, headers: json }), 400);
    }
  });

  test("says no to another content type", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml"]) {
      errorsOf(await api.post("/users", { body: '{"user":{}}', headers: { "content-type": type } }), 415);
    }
  });

  test("takes JSON with a charset", async () => {
    const username = unique("charset");
    const body = JSON.stringify({ user: { username, email: `${username}@test.com`, password: "password123" } });
    const headers = { "content-type": "application/json; charset=utf-8" };
    assert.equal(userOf(await api.post("/users", { body, headers }), 201).username, username);
  });

  test("says no to a body of more than a mebibyte", async () => {
    const { token } = await register(api);
    const article = { title: unique("Long"), description: "Long", body: "x".repeat(1024 * 1024) };
    errorsOf(await api.post("/articles", { token, json: { article } }), 413);
  });

  test("knows no other paths", async () => {
    for (const path of ["/", "/nothing", "/articles/some-slug/nothing", "/user/1"]) {
      errorsOf(await api.get(path), 404);
    }
  });

  test("knows no other methods", async () => {
    for (const [method, path, allow] of [
      ["DELETE", "/user", /GET.*PUT/],
      ["PATCH", "/user", /GET.*PUT/],
      ["GET", "/users", /POST/],
      ["PUT", "/tags", /GET/],
    ] as const) {
      const answer = await api.call(method, path);
      errorsOf(answer, 405);
      assert.match(answer.headers.get("allow") ?? "", allow);
    }
  });

  test("answers HEAD like GET, without the body", async () => {
    const answer = await api.call("HEAD", "/tags");
    assert.equal(answer.status, 200);
    assert.equal(answer.text, "");
  });

  test("lets front ends of other origins in", async () => {
    const headers = {
      origin: "https://conduit.example",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "authorization,content-type",
    };
    const preflight = await api.call("OPTIONS", "/articles/some-slug", { headers });
    assert.ok(preflight.status === 200 || preflight.status === 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /\bPUT\b/);
    assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /authorization/i);
    const answer = await api.get("/tags", { headers: { origin: "https://conduit.example" } });
    tagsOf(answer);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    const refusal = await api.get("/user", { headers: { origin: "https://conduit.example" } });
    assert.equal(refusal.headers.get("access-control-allow-origin"), "*", "a front end may read errors too");
  });

  test("refuses the character that Postgres cannot store, wherever it comes", async () => {
    const { token } = await register(api);
    const nul = "a\u0000b";
    const user = { username: nul, email: "a\u0000@test.com", password: "password\u0000123" };
    assert.deepEqual(Object.keys(errorsOf(await api.post("/users", { json: { user } }), 422)).sort(), [
      "email",
      "username",
    ]);
    errorsOf(await api.post("/users/login", { json: { user: { email: nul, password: nul } } }), 422);
    errorsOf(await api.put("/user", { token, json: { user: { bio: nul } } }), 422);
    errorsOf(
      await api.post("/articles", {
        token,
        json: { article: { title: nul, description: nul, body: nul, tagList: [nul] } },
      }),
      422,
    );
    errorsOf(await api.get("/articles?tag=a%00b"), 422);
    for (const path of ["/articles/a%00b", "/profiles/a%00b", "/articles/a%00b/comments"]) {
      errorsOf(await api.get(path), 422);
    }
  });
});
