import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { datetime } from "../../src/contract/date-fields.ts";
import { compileDecoder } from "../../src/contract/decode.ts";
import { compileEncoder } from "../../src/contract/encode.ts";
import { httpError } from "../../src/contract/http-error.ts";
import { body, cookie, header, path, query } from "../../src/contract/inputs.ts";
import { model } from "../../src/contract/model.ts";
import type { Needs } from "../../src/contract/provider.ts";
import { apiKey, basic, bearer } from "../../src/contract/security.ts";
import { buildDocument } from "../../src/openapi/document.ts";
import type { DocumentedRoute } from "../../src/openapi/documented-route.ts";
import { route } from "./routes.ts";
import { assertValid, schemasAt } from "./valid.ts";

const Snake = baseModel({ wireCase: "snake" });
// Every model has a name of its own: what happens when two share one has tests of its own.
let named = 0;

/** Makes a schema; called late, so that a document's models are its own. */
type Make = () => z.ZodType;

const text = fc.constantFrom<Make>(
  () => z.string(),
  () => z.string().min(1).max(20).describe("Short"),
  () => z.int().min(0),
  () => z.number(),
  () => z.boolean(),
  () => z.uuid(),
  () => z.enum(["a", "b"]),
  () => z.literal("x"),
  () => z.iso.date(),
);

const keys = fc.uniqueArray(fc.constantFrom("id", "userId", "createdAt", "a_b", "x"), { minLength: 1, maxLength: 4 });

type Shape = Record<string, z.ZodType>;

const listOf =
  (make: Make): Make =>
  () =>
    z.array(make());
const optionalOf =
  (make: Make): Make =>
  () =>
    make().optional();
const recordOf =
  (make: Make): Make =>
  () =>
    z.record(z.string(), make());
const unionOf =
  ([a, b]: readonly [Make, Make]): Make =>
  () =>
    z.union([a(), b()]);
const objectOf =
  (shape: Shape): Make =>
  () =>
    z.object(shape);
const strictOf =
  (shape: Shape): Make =>
  () =>
    z.strictObject(shape);
const modelOf =
  (shape: Shape): Make =>
  () =>
    model(`Model${named++}`, shape);
const snakeOf =
  (shape: Shape): Make =>
  () =>
    Snake(`Snake${named++}`, shape);

// A type, not an interface: the library asks for one that is assignable to a record.
type Grammar = { schema: Make; shape: Shape };

const grammar = fc.letrec<Grammar>((tie) => ({
  shape: keys.chain((names) =>
    fc
      .array(tie("schema"), { minLength: names.length, maxLength: names.length })
      .map((makers) => Object.fromEntries(makers.map((make, index) => [names[index] ?? "", make()]))),
  ),
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.constantFrom<Make>(
      () => z.null(),
      () => z.unknown(),
      () => datetime(),
      () => z.int().default(3),
      () => z.string().nullable(),
    ),
    tie("schema").map(listOf),
    tie("schema").map(optionalOf),
    tie("schema").map(recordOf),
    fc.tuple(tie("schema"), tie("schema")).map(unionOf),
    tie("shape").map(objectOf),
    tie("shape").map(strictOf),
    tie("shape").map(modelOf),
    tie("shape").map(snakeOf),
  ),
}));

const raises = fc.subarray([
  httpError(400, "odd", "It is odd"),
  httpError(404, "absent", "It is not there"),
  httpError(404, "gone", "It is gone"),
  httpError(422, "unfit", "It does not fit"),
]);

const inputs = fc.oneof(
  text.map((make) => query(make(), { description: "q" })),
  text.map((make) => query(z.array(make()).default([]))),
  text.map((make) => header(make().optional())),
  text.map((make) => cookie(make())),
  text.map((make) => query(z.object({ first: make(), second: make().optional() }))),
  grammar.schema.map((make) => body(make())),
  fc.constantFrom(
    bearer(),
    bearer({ optional: true }),
    basic({ optional: true }),
    apiKey({ in: "query", name: "key" }),
  ),
);

const routes: fc.Arbitrary<readonly DocumentedRoute[]> = fc
  .array(
    fc.record({
      inputs: fc.array(inputs, { maxLength: 4 }),
      id: text,
      raises,
      returns: fc.option(grammar.schema, { nil: undefined }),
      status: fc.constantFrom(200, 201, 204),
      tags: fc.subarray(["a", "b"]),
    }),
    { maxLength: 4 },
  )
  .map((sketches) =>
    sketches.map(({ inputs: found, id, returns, ...rest }, index) => {
      const needs: Needs = { id: path(id()), ...Object.fromEntries(found.map((input, at) => [`input${at}`, input])) };
      const options = { status: rest.status, ...(returns === undefined ? {} : { returns: returns() }) };
      return route({ method: "POST", path: `/r${index}/:id`, needs, options, raises: rest.raises, tags: rest.tags });
    }),
  );

const info = { title: "Test", version: "1" };

test("any routes make a valid document, and the same one again", async () => {
  await fc.assert(
    fc.asyncProperty(routes, async (found) => {
      const document = buildDocument(found, info);
      assert.equal(JSON.stringify(buildDocument(found, info)), JSON.stringify(document));
      await assertValid(document);
    }),
    { numRuns: 100 },
  );
});

test("what a route takes, its document takes; what a route answers, its document describes", async () => {
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom("a", "x", 1, true, null, "2020-01-01T00:00:00Z"),
  );
  await fc.assert(
    fc.asyncProperty(grammar.schema, fc.array(values, { maxLength: 20 }), async (make, samples) => {
      const schema = make();
      const document = buildDocument(
        [route({ method: "POST", path: "/a", needs: { it: body(schema) }, options: { returns: schema } })],
        info,
      );
      const content = ["content", "application/json", "schema"];
      const [sent, answered] = schemasAt(document, [
        ["paths", "/a", "post", "requestBody", ...content],
        ["paths", "/a", "post", "responses", "200", ...content],
      ]);
      const [decode, encode] = [compileDecoder(schema), compileEncoder(schema)];
      for (const sample of samples.map(withKeys)) {
        const read = await decode(sample);
        if (!read.ok) continue;
        assert.ok(sent?.(sample), `${JSON.stringify(sample)}: ${JSON.stringify(sent?.errors)}`);
        const written = await encode(read.value);
        if (written.ok && written.text !== undefined) assert.ok(answered?.(JSON.parse(written.text)), written.text);
      }
    }),
    { numRuns: 200 },
  );
});

/** Gives objects the keys that the grammar uses, so that more of them fit. */
function withKeys(sample: unknown): unknown {
  if (typeof sample !== "object" || sample === null || Array.isArray(sample)) return sample;
  const names = ["id", "userId", "user_id", "createdAt", "created_at", "a_b", "x"];
  return Object.fromEntries(Object.values(sample).map((value, index) => [names[index % names.length], value]));
}
