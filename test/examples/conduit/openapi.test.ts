import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { testApp } from "kilnjs/testing";
import { app } from "../../../examples/conduit/main.ts";
import { testSettings } from "./targets.ts";

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: unknown }>> }>>;
  readonly security?: readonly object[];
}

const anybody = undefined;
const user = [{ Token: [] }];
const userOrAnybody = [{ Token: [] }, {}];

/** What the specification says of each route: who may call it, its success, and the errors it names. */
const specified: Readonly<Record<string, readonly [security: unknown, success: string, ...errors: string[]]>> = {
  "post /api/users": [anybody, "201", "409", "422"],
  "post /api/users/login": [anybody, "200", "401", "422"],
  "get /api/user": [user, "200", "401"],
  "put /api/user": [user, "200", "401", "409", "422"],
  "get /api/profiles/{username}": [userOrAnybody, "200", "401", "404"],
  "post /api/profiles/{username}/follow": [user, "200", "401", "404"],
  "delete /api/profiles/{username}/follow": [user, "200", "401", "404"],
  "get /api/articles": [userOrAnybody, "200", "401", "422"],
  "post /api/articles": [user, "201", "401", "422"],
  "get /api/articles/feed": [user, "200", "401", "422"],
  "get /api/articles/{slug}": [userOrAnybody, "200", "401", "404"],
  "put /api/articles/{slug}": [user, "200", "401", "403", "404", "422"],
  "delete /api/articles/{slug}": [user, "204", "401", "403", "404"],
  "get /api/articles/{slug}/comments": [userOrAnybody, "200", "401", "404"],
  "post /api/articles/{slug}/comments": [user, "201", "401", "404", "422"],
  "delete /api/articles/{slug}/comments/{id}": [user, "204", "401", "403", "404", "422"],
  "post /api/articles/{slug}/favorite": [user, "200", "401", "404"],
  "delete /api/articles/{slug}/favorite": [user, "200", "401", "404"],
  "get /api/tags": [anybody, "200"],
};

/** What the specification does not know. */
const added: typeof specified = {
  "get /api/articles/{slug}/cover.svg": [anybody, "200", "404"],
  "get /api/tags/counts": [anybody, "200"],
  "post /api/user/export": [user, "202", "401"],
  "get /api/user/export/{jobId}": [user, "200", "401", "404"],
  "get /api/user/export/{jobId}/events": [user, "200", "401", "404"],
};
const expected = { ...specified, ...added };

test("the OpenAPI document says what the specification says", async () => {
  await using t = await testApp(app, { settings: testSettings, env: "development" });
  const answer = await t.get("/openapi.json");
  assert.equal(answer.status, 200);
  const document = answer.json<{ paths: Record<string, Record<string, Operation>> }>();
  const { valid, errors } = await new Validator().validate(document);
  assert.ok(valid, JSON.stringify(errors));

  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  );
  assert.deepEqual(operations.map(([name]) => name).sort(), Object.keys(expected).sort());
  for (const [name, { responses, security }] of operations) {
    const [who, ...statuses] = expected[name] ?? [];
    assert.deepEqual(security, who, name);
    for (const status of statuses) assert.ok(responses[status] !== undefined, `${name} answers ${status}`);
    for (const [status, { content }] of Object.entries(responses)) {
      if (status < "400") continue;
      assert.deepEqual(
        content?.["application/json"]?.schema,
        { $ref: "#/components/schemas/Errors" },
        `${name} ${status}`,
      );
    }
  }
});

test("in production there is no document", async () => {
  await using t = await testApp(app, { settings: testSettings, env: "production" });
  for (const path of ["/openapi.json", "/docs", "/redoc"]) assert.equal((await t.get(path)).status, 404);
});
