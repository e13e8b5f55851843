import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { compileDecoder } from "../../src/contract/decode.ts";
import { compileEncoder } from "../../src/contract/encode.ts";
import { failed, json, read } from "./outcomes.ts";

const snake = baseModel({ wireCase: "snake" });
const Cat = snake("Cat", { petKind: z.literal("cat"), livesLeft: z.int().min(0) });
const Dog = snake("Dog", { petKind: z.literal(["dog", "puppy"]), barkVolume: z.number() });
const Pet = z.discriminatedUnion("petKind", [Cat, Dog]);

describe("a discriminated union of models with aliases", () => {
  const wire = [
    { pet_kind: "cat", lives_left: 9 },
    { pet_kind: "puppy", bark_volume: 0.5 },
  ];
  const own = [
    { petKind: "cat", livesLeft: 9 },
    { petKind: "puppy", barkVolume: 0.5 },
  ];

  test("is told apart by the name on the wire, at the top and inside of a model", () => {
    const Owner = snake("Owner", { allPets: z.array(Pet), bestPet: Pet.optional() });
    assert.deepEqual(read(compileDecoder(z.array(Pet)), wire), own);
    assert.deepEqual(read(compileDecoder(Owner), { all_pets: wire, best_pet: wire[0] }), {
      allPets: own,
      bestPet: own[0],
    });
    assert.deepEqual(Owner.parse({ all_pets: wire }), { allPets: own });
  });

  test("is written with the names on the wire", () => {
    const Owner = snake("Owner", { allPets: z.array(Pet) });
    assert.deepEqual(json(compileEncoder(z.array(Pet)), own), wire);
    assert.deepEqual(json(compileEncoder(Owner), { allPets: own }), { all_pets: wire });
  });

  test("names what is wrong with the discriminator", () => {
    const decode = compileDecoder(z.object({ pet: Pet }));
    assert.deepEqual(failed(decode, { pet: { pet_kind: "cow" } }), [
      { path: ["pet", "pet_kind"], code: "invalid_value", message: 'Must be one of "cat", "dog", "puppy"' },
    ]);
    assert.deepEqual(failed(decode, { pet: { petKind: "cat" } }), [
      { path: ["pet", "pet_kind"], code: "missing", message: "Is missing" },
    ]);
    assert.deepEqual(failed(decode, { pet: [] }), [
      { path: ["pet"], code: "invalid_type", message: "Must be an object" },
    ]);
    assert.deepEqual(failed(compileEncoder(Pet), { petKind: "cow" }), [
      { path: ["petKind"], code: "invalid_value", message: 'Must be one of "cat", "dog", "puppy"' },
    ]);
  });

  test("reports the chosen form only", () => {
    assert.deepEqual(failed(compileDecoder(Pet), { pet_kind: "cat", lives_left: -1 }), [
      { path: ["lives_left"], code: "too_small", message: "Must be at least 0" },
    ]);
  });

  test("takes forms of several bases", () => {
    const camel = baseModel({ wireCase: "camel", acceptBoth: true });
    const Bird = camel("Bird", { petKind: z.literal("bird") });
    const Mixed = z.discriminatedUnion("petKind", [Cat, Bird, z.object({ petKind: z.literal("fish") })]);
    const decode = compileDecoder(Mixed);
    assert.deepEqual(read(decode, { petKind: "bird" }), { petKind: "bird" });
    assert.deepEqual(read(decode, { petKind: "fish" }), { petKind: "fish" });
    assert.deepEqual(read(decode, { pet_kind: "cat", lives_left: 1 }), { petKind: "cat", livesLeft: 1 });
  });

  test("takes a discriminator that a codec reads", () => {
    const shout = z.codec(z.literal("A"), z.literal("a"), { decode: () => "a" as const, encode: () => "A" as const });
    const other = z.codec(z.literal("B"), z.literal("b"), { decode: () => "b" as const, encode: () => "B" as const });
    const Coded = z.discriminatedUnion("theTag", [
      snake("First", { theTag: shout, itsNumber: z.int() }),
      snake("Second", { theTag: other, itsText: z.string() }),
    ]);
    assert.deepEqual(read(compileDecoder(Coded), { the_tag: "B", its_text: "x" }), { theTag: "b", itsText: "x" });
    assert.deepEqual(json(compileEncoder(Coded), { theTag: "b", itsText: "x" }), { the_tag: "B", its_text: "x" });
  });
});

describe("recursive models with aliases", () => {
  const Node = snake("Node", {
    nodeName: z.string(),
    get childNodes() {
      return z.array(Node);
    },
    get bestChild() {
      return Node.nullable().optional();
    },
  });
  const wire = { node_name: "a", child_nodes: [{ node_name: "b", child_nodes: [] }], best_child: null };
  const own = { nodeName: "a", childNodes: [{ nodeName: "b", childNodes: [] }], bestChild: null };

  test("are read and written", () => {
    assert.deepEqual(read(compileDecoder(Node), wire), own);
    assert.deepEqual(json(compileEncoder(Node), own), wire);
    assert.deepEqual(
      failed(compileDecoder(Node), { node_name: "a", child_nodes: [{ node_name: 1 }] }).map((issue) => issue.path),
      [
        ["child_nodes", 0, "node_name"],
        ["child_nodes", 0, "child_nodes"],
      ],
    );
  });

  test("may refer to each other, and through z.lazy()", () => {
    const Left = snake("Left", {
      get toRight(): z.ZodOptional<typeof Right> {
        return Right.optional();
      },
    });
    const Right = snake("Right", { toLeft: z.lazy((): z.ZodType => Left.optional()) });
    assert.deepEqual(read(compileDecoder(Left), { to_right: { to_left: { to_right: {} } } }), {
      toRight: { toLeft: { toRight: {} } },
    });
    assert.deepEqual(json(compileEncoder(Left), { toRight: { toLeft: {} } }), { to_right: { to_left: {} } });
  });

  test("may hold discriminated unions of themselves", () => {
    const Leaf = snake("Leaf", { termKind: z.literal("leaf"), leafValue: z.int() });
    const Sum = snake("Sum", {
      termKind: z.literal("sum"),
      get allTerms() {
        return z.array(z.discriminatedUnion("termKind", [Leaf, Sum]));
      },
    });
    const leaf = { term_kind: "leaf", leaf_value: 1 };
    const value = read(compileDecoder(Sum), {
      term_kind: "sum",
      all_terms: [leaf, { term_kind: "sum", all_terms: [leaf] }],
    });
    assert.deepEqual(json(compileEncoder(Sum), value), {
      term_kind: "sum",
      all_terms: [leaf, { term_kind: "sum", all_terms: [leaf] }],
    });
  });

  test("refuse a value that holds itself instead of hanging", () => {
    const circle: Record<string, unknown> = { nodeName: "a" };
    circle.childNodes = [circle];
    const issues = failed(compileEncoder(Node), circle);
    assert.equal(issues.length, 1);
    assert.match(issues[0]?.code ?? "", /^(too_complex|not_json)$/);
  });
});

describe("issues of unions", () => {
  test("name the types of a union of plain types", () => {
    const decode = compileDecoder(z.object({ a: z.union([z.string(), z.int(), z.null()]) }));
    assert.deepEqual(failed(decode, { a: true }), [
      { path: ["a"], code: "invalid_union", message: "Must be a string, an integer or null" },
    ]);
    assert.deepEqual(failed(decode, {}), [{ path: ["a"], code: "missing", message: "Is missing" }]);
  });

  test("name what is wrong with the only form that has the outline", () => {
    const decode = compileDecoder(z.union([z.string(), z.object({ a: z.int(), b: z.int() })]));
    assert.deepEqual(failed(decode, { a: 1 }), [{ path: ["b"], code: "missing", message: "Is missing" }]);
    assert.deepEqual(failed(decode, 5), [
      { path: [], code: "invalid_union", message: "Must be a string or an object" },
    ]);
  });

  test("leave the author's message alone", () => {
    const decode = compileDecoder(z.union([z.string(), z.object({ a: z.int() })], "Text or object, please"));
    assert.deepEqual(failed(decode, {}), [{ path: [], code: "invalid_union", message: "Text or object, please" }]);
  });
});
