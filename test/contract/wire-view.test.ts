import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { z } from "zod";
import { baseModel } from "../../src/contract/base-model.ts";
import { datetime } from "../../src/contract/date-fields.ts";
import { compileEncoder } from "../../src/contract/encode.ts";
import { decimal } from "../../src/contract/fields.ts";
import { failed, json } from "./outcomes.ts";

const snake = baseModel({ wireCase: "snake" });

describe("writing under the names on the wire", () => {
  test("tells an absent property from one that is undefined", () => {
    const encode = compileEncoder(snake("Loose", { itsValue: z.unknown(), itsOwner: z.string().optional() }));
    assert.deepEqual(failed(encode, { itsOwner: "ada" })[0], {
      path: ["itsValue"],
      code: "missing",
      message: "Is missing",
    });
    assert.deepEqual(json(encode, { itsValue: undefined }), {});
    assert.deepEqual(json(encode, { itsValue: 0, itsOwner: "ada" }), { its_value: 0, its_owner: "ada" });
  });

  test("takes what may be absent, and refuses undefined where only absence is allowed", () => {
    const encode = compileEncoder(snake("Exact", { theOne: z.exactOptional(z.int()), theOther: z.int().default(3) }));
    assert.deepEqual(json(encode, {}), { the_other: 3 });
    assert.deepEqual(json(encode, { theOne: 1, theOther: 2 }), { the_one: 1, the_other: 2 });
    assert.deepEqual(failed(encode, { theOne: undefined })[0]?.path, ["theOne"]);
  });

  test("reads getters of a class once, also under names that a view could have of its own", () => {
    let reads = 0;
    class Row {
      get values(): number {
        reads += 1;
        return reads;
      }
      readonly constructedAt = new Date(0);
    }
    const encode = compileEncoder(snake("Row", { values: z.int(), constructedAt: datetime() }));
    assert.deepEqual(json(encode, new Row()), { values: 1, constructed_at: "1970-01-01T00:00:00.000Z" });
  });

  test("refuses what is no object", () => {
    const encode = compileEncoder(snake("Any", { oneThing: z.unknown().optional() }));
    for (const value of [[], null, "text", 1, undefined]) assert.equal(failed(encode, value).length, 1);
  });

  test("keeps unknown keys where the model does, and refuses them where it does", () => {
    const Loose = snake("Kept", { theId: z.int() });
    assert.deepEqual(json(compileEncoder(Loose.loose()), { theId: 1, otherKey: 2 }), { the_id: 1, otherKey: 2 });
    assert.equal(failed(compileEncoder(Loose.strict()), { theId: 1, otherKey: 2 })[0]?.code, "unknown_key");
  });

  test("chooses among models by the key that the program uses", () => {
    const Cat = snake("Cat", { petKind: z.literal("cat"), nineLives: z.boolean() });
    const Dog = snake("Dog", { petKind: z.literal("dog"), goodBoy: z.boolean().nullable() });
    const encode = compileEncoder(z.array(z.discriminatedUnion("petKind", [Cat, Dog])));
    assert.deepEqual(
      json(encode, [
        { petKind: "dog", goodBoy: null },
        { petKind: "cat", nineLives: true, secret: 1 },
      ]),
      [
        { pet_kind: "dog", good_boy: null },
        { pet_kind: "cat", nine_lives: true },
      ],
    );
    assert.deepEqual(failed(encode, [{ petKind: "dog", goodBoy: 1 }])[0]?.path, [0, "goodBoy"]);
  });

  test("names an issue deep in a tree as the program does, in time that does not double with each level", () => {
    const Tree = snake("Tree", {
      theValue: z.int(),
      get theBranch(): z.ZodOptional<typeof Tree> {
        return Tree.optional();
      },
    });
    const encode = compileEncoder(Tree);
    const levels = 60;
    let tree: Record<string, unknown> = { theValue: "wrong" };
    for (let level = 1; level < levels; level += 1) tree = { theValue: level, theBranch: tree };
    const [issue] = failed(encode, tree);
    assert.deepEqual(issue?.path, [...Array.from({ length: levels - 1 }, () => "theBranch"), "theValue"]);
  });

  test("finds what does not fit in the wire's text of a field", () => {
    const encode = compileEncoder(snake("Price", { theAmount: decimal({ precision: 4, scale: 2 }) }));
    assert.deepEqual(failed(encode, { theAmount: 9.95 })[0], {
      path: ["theAmount"],
      code: "custom",
      message: "Must be a Decimal",
    });
  });
});
