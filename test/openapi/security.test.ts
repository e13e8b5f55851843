import assert from "node:assert/strict";
import { test } from "node:test";
import type { Needs } from "../../src/contract/provider.ts";
import { apiKey, basic, bearer, oauth2Password, openIdConnect } from "../../src/contract/security.ts";
import { KilnError } from "../../src/errors/kiln-error.ts";
import { depends } from "../../src/inject/depends.ts";
import { buildDocument } from "../../src/openapi/document.ts";
import type { OpenApiDocument } from "../../src/openapi/document-types.ts";
import { route } from "./routes.ts";
import { assertValid } from "./valid.ts";

function describe(...needs: readonly Needs[]): OpenApiDocument {
  const routes = needs.map((each, index) => route({ method: "GET", path: `/${index}`, needs: each }));
  return buildDocument(routes, { title: "Test", version: "1" });
}

function security(document: OpenApiDocument): unknown {
  return document.paths["/0"]?.get?.security;
}

test("every kind of scheme is a component", async () => {
  const document = describe({
    a: bearer({ format: "JWT", description: "From `/login`" }),
    b: basic(),
    c: apiKey({ in: "header", name: "x-api-key" }),
    d: oauth2Password({ tokenUrl: "/token", scopes: { "posts:write": "Change posts" } }),
    e: openIdConnect({ url: "https://id.example.com/.well-known/openid-configuration" }),
    f: bearer({ prefix: "Token", schemeName: "token" }),
  });
  assert.deepEqual(document.components?.securitySchemes, {
    basic: { type: "http", scheme: "basic" },
    bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "From `/login`" },
    oauth2Password: {
      type: "oauth2",
      flows: { password: { tokenUrl: "/token", scopes: { "posts:write": "Change posts" } } },
    },
    openIdConnect: {
      type: "openIdConnect",
      openIdConnectUrl: "https://id.example.com/.well-known/openid-configuration",
    },
    token: {
      type: "apiKey",
      in: "header",
      name: "Authorization",
      description: "The token with `Token ` before it.",
    },
    "x-api-key": { type: "apiKey", in: "header", name: "x-api-key" },
  });
  await assertValid(document);
});

test("required schemes must all be met, wherever in the graph they stand", () => {
  const user = depends({ token: bearer() }, ({ token }) => token);
  assert.deepEqual(security(describe({ user, key: apiKey({ in: "cookie", name: "session" }) })), [
    { bearer: [], session: [] },
  ]);
});

test("an optional scheme is an alternative to none", () => {
  assert.deepEqual(security(describe({ token: bearer({ optional: true }) })), [{ bearer: [] }, {}]);
});

test("several optional schemes are alternatives, beside what is required", () => {
  const needs = {
    a: bearer({ optional: true }),
    b: basic({ optional: true }),
    c: apiKey({ in: "header", name: "x-tenant" }),
  };
  assert.deepEqual(security(describe(needs)), [
    { "x-tenant": [], bearer: [] },
    { "x-tenant": [], basic: [] },
    { "x-tenant": [] },
  ]);
});

test("scopes are asked for, and those of several providers of one scheme together", async () => {
  const scopes = { read: "Read", write: "Write" };
  const reader = oauth2Password({ tokenUrl: "/token", scopes, requires: ["read"] });
  const writer = oauth2Password({ tokenUrl: "/token", scopes, requires: ["write", "read"], optional: true });
  const document = describe({ reader, writer });
  assert.deepEqual(security(document), [{ oauth2Password: ["read", "write"] }]);
  await assertValid(document);
});

test("a route without schemes has no requirement", () => {
  const document = describe({});
  assert.equal(security(document), undefined);
  assert.equal(document.components, undefined);
});

test("two schemes of one name that differ are refused, with a route for each", () => {
  assert.throws(
    () => describe({ a: bearer({ format: "JWT" }) }, { a: bearer() }),
    (error) =>
      error instanceof KilnError &&
      error.code === "KILN_OPENAPI_NAME_CLASH" &&
      error.where === "GET /1" &&
      error.message.includes("GET /0"),
  );
});
