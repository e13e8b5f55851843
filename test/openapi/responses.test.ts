import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { HttpError, httpError } from "../../src/contract/http-error.ts";
import { body, query, rawBody } from "../../src/contract/inputs.ts";
import { model } from "../../src/contract/model.ts";
import { bearer } from "../../src/contract/security.ts";
import { Unauthorized } from "../../src/contract/security-scheme.ts";
import { ValidationError } from "../../src/contract/validation-error.ts";
import { depends } from "../../src/inject/depends.ts";
import { buildDocument } from "../../src/openapi/document.ts";
import type { OpenApiDocument, ResponseObject } from "../../src/openapi/document-types.ts";
import type { DocumentInfo, ErrorFace } from "../../src/openapi/documented-route.ts";
import { type RouteSketch, route } from "./routes.ts";
import { assertValid } from "./valid.ts";

const Found = model("Found", { id: z.int() });
const NotFound = httpError(404, "not_found_here", "Nothing has this id");
const Gone = httpError(404, "gone", "It was removed");
const Busy = httpError(503, "busy", "Too much to do");

function describe(sketch: Partial<RouteSketch>, info: Partial<DocumentInfo> = {}): OpenApiDocument {
  return buildDocument([route({ method: "POST", path: "/a", ...sketch })], { title: "Test", version: "1", ...info });
}

function responses(document: OpenApiDocument): Readonly<Record<string, ResponseObject>> {
  return document.paths["/a"]?.post?.responses ?? {};
}

test("one schema is the answer of the route's status", () => {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Found" } } };
  assert.deepEqual(responses(describe({ options: { returns: Found } })), { "200": { description: "OK", content } });
  assert.deepEqual(responses(describe({ options: { returns: Found, status: 201 } })), {
    "201": { description: "Created", content },
  });
});

test("a schema per status, and null for none", async () => {
  const document = describe({ options: { returns: { 410: z.string(), 200: Found, 204: null } } });
  assert.deepEqual(Object.keys(responses(document)), ["200", "204", "410"]);
  assert.equal(responses(document)["204"]?.content, undefined);
  await assertValid(document);
});

test("a route without a schema says so", async () => {
  const document = describe({});
  assert.deepEqual(responses(document), { "200": { description: "OK; the route declares no schema" } });
  assert.deepEqual(responses(describe({ options: { status: 204 } })), { "204": { description: "No Content" } });
  await assertValid(document);
});

test("examples of the answer are shown by name", async () => {
  const document = describe({ options: { returns: Found, examples: { first: { id: 1 }, second: { id: 2 } } } });
  assert.deepEqual(responses(document)["200"]?.content?.["application/json"]?.examples, {
    first: { value: { id: 1 } },
    second: { value: { id: 2 } },
  });
  await assertValid(document);
});

test("errors of the whole graph are grouped by status, with one example for each code", async () => {
  const inner = depends({}, () => 1, { name: "inner", raises: [NotFound, Busy] });
  const outer = depends({ inner }, () => 1, { name: "outer", raises: [Gone] });
  const document = describe({ needs: { outer }, guards: [{ inner }], raises: [NotFound] });
  const found = responses(document);
  assert.deepEqual(Object.keys(found), ["200", "404", "503"]);
  assert.equal(found["404"]?.description, "Nothing has this id · It was removed");
  const problem = found["404"]?.content?.["application/problem+json"];
  assert.deepEqual(problem?.schema, { $ref: "#/components/schemas/Problem" });
  assert.deepEqual(Object.keys(problem?.examples ?? {}), ["not_found_here", "gone"]);
  assert.deepEqual(problem?.examples?.gone, {
    summary: "It was removed",
    value: {
      type: "urn:problem-type:gone",
      title: "It was removed",
      status: 404,
      instance: "/a",
      request_id: "0197f0c2a4b87c3e",
    },
  });
  await assertValid(document);
});

test("inputs, bodies and schemes bring their own errors", () => {
  const statuses = (sketch: Partial<RouteSketch>): readonly string[] =>
    Object.keys(responses(describe(sketch))).slice(1);
  assert.deepEqual(statuses({ needs: { a: query(z.int()) } }), ["422"]);
  assert.deepEqual(statuses({ needs: { a: body(Found) } }), ["400", "413", "415", "422"]);
  assert.deepEqual(statuses({ needs: { a: rawBody() } }), ["413"]);
  assert.deepEqual(statuses({ needs: { a: bearer() } }), ["401"]);
  assert.deepEqual(statuses({ needs: { a: bearer({ optional: true }) } }), ["401"]);
});

test("a 401 says that it challenges", () => {
  const { headers } = responses(describe({ needs: { a: bearer() } }))["401"] ?? {};
  assert.deepEqual(Object.keys(headers ?? {}), ["WWW-Authenticate"]);
});

test("a status that is declared and raised has both bodies", async () => {
  const document = describe({
    options: { returns: { 200: Found, 404: z.object({ similar: z.string() }) } },
    raises: [NotFound],
  });
  assert.deepEqual(Object.keys(responses(document)["404"]?.content ?? {}), [
    "application/problem+json",
    "application/json",
  ]);
  await assertValid(document);
});

test("a 422 that is raised stands beside that of validation", async () => {
  const Odd = httpError(422, "odd", "The number is odd");
  const document = describe({ needs: { a: query(z.int()) }, raises: [Odd] });
  assert.deepEqual(responses(document)["422"]?.content?.["application/problem+json"]?.schema, {
    anyOf: [{ $ref: "#/components/schemas/Problem" }, { $ref: "#/components/schemas/ValidationProblem" }],
  });
  await assertValid(document);
});

test("the base of problem types shows in the examples", () => {
  const document = describe({ raises: [NotFound] }, { problemBase: "https://example.com/problems/" });
  const example = responses(document)["404"]?.content?.["application/problem+json"]?.examples?.not_found_here;
  assert.match(JSON.stringify(example), /https:\/\/example\.com\/problems\/not_found_here/);
});

test("an app's own format takes the place of problems, for the errors it speaks of", async () => {
  const Errors = model("Errors", { errors: z.record(z.string(), z.array(z.string())) });
  const seen: ErrorFace[] = [];
  const errorBody: DocumentInfo["errorBody"] = (error) => {
    seen.push(error);
    if (error.type !== ValidationError && error.type !== NotFound) return undefined;
    return { schema: Errors, contentType: "application/json", example: { errors: { [error.code]: ["is wrong"] } } };
  };
  const document = describe({ needs: { a: body(Found), b: bearer() }, raises: [NotFound, Gone] }, { errorBody });
  const found = responses(document);
  assert.deepEqual(found["422"]?.content, {
    "application/json": {
      schema: { $ref: "#/components/schemas/Errors" },
      examples: {
        validation_failed: {
          summary: ValidationError.title,
          value: { errors: { validation_failed: ["is wrong"] } },
        },
      },
    },
  });
  assert.deepEqual(Object.keys(found["404"]?.content ?? {}), ["application/json", "application/problem+json"]);
  assert.deepEqual(
    seen.map(({ status, type }) => [status, type]),
    [
      [400, HttpError],
      [401, Unauthorized],
      [404, NotFound],
      [404, Gone],
      [413, HttpError],
      [415, seen.find(({ status }) => status === 415)?.type],
      [422, ValidationError],
    ],
  );
  assert.equal(document.components?.schemas?.ValidationProblem, undefined);
  await assertValid(document);
});
