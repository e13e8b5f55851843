// What a list of 100 items costs on its way out: checking, filtering and encoding by the response model, as a ratio to
// `JSON.stringify` of the same items unchecked. In one process, in turn, medians of the processor's time.
// Run: npm run bench:encode
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { Decimal } from "decimal.js";
import { baseModel, datetime, decimal, model } from "kilnjs";
import { z } from "zod";
import { compileResponses } from "../src/contract/responses.ts";
import { median } from "./median.ts";

const { values: given } = parseArgs({
  options: { rounds: { type: "string", default: "120" }, only: { type: "string", default: "" } },
});
const rounds = Number(given.rounds);
const perSlice = 60;
const apiModel = baseModel({ wireCase: "snake" });
const day = Date.UTC(2026, 0, 31);
const plain = { id: z.int(), name: z.string(), price: z.number(), tags: z.array(z.string()) };
const aliased = { itemId: z.int(), fullName: z.string(), unitPrice: z.number(), searchTags: z.array(z.string()) };

interface Case {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly item: (index: number) => Readonly<Record<string, unknown>>;
  /** What stands on the wire for an item. */
  readonly wire?: (item: Readonly<Record<string, unknown>>) => object;
}

function plainItem(index: number): { id: number; name: string; price: number; tags: string[] } {
  return { id: index, name: `Item ${index}`, price: index + 1, tags: ["a", "b"] };
}

function aliasedItem(index: number): Readonly<Record<string, unknown>> {
  return { itemId: index, fullName: `Item ${index}`, unitPrice: index + 1, searchTags: ["a", "b"] };
}

function onWire({ itemId, fullName, unitPrice, searchTags, ...rest }: Readonly<Record<string, unknown>>): object {
  return { item_id: itemId, full_name: fullName, unit_price: unitPrice, search_tags: searchTags, ...rest };
}

const all: readonly Case[] = [
  { name: "plain", schema: z.array(model("Item", plain)), item: plainItem },
  {
    name: "aliases",
    schema: z.array(apiModel("Aliased", aliased)),
    item: aliasedItem,
    wire: onWire,
  },
  {
    name: "a date",
    schema: z.array(model("Dated", { ...plain, at: datetime() })),
    item: (index) => ({ ...plainItem(index), at: new Date(day + index * 86_400_000) }),
  },
  {
    name: "a decimal",
    schema: z.array(model("Priced", { ...plain, amount: decimal() })),
    item: (index) => ({ ...plainItem(index), amount: new Decimal(index).plus("0.95") }),
  },
  {
    name: "aliases, a date, a decimal",
    schema: z.array(apiModel("Full", { ...aliased, at: datetime(), amount: decimal() })),
    item: (index) => ({
      ...aliasedItem(index),
      at: new Date(day + index * 86_400_000),
      amount: new Decimal(index).plus("0.95"),
    }),
    wire: onWire,
  },
];
const cases = all.filter(({ name }) => given.only === "" || name === given.only);

interface Subject {
  readonly name: string;
  readonly stringify: () => string | undefined;
  readonly encode: () => string | undefined;
  readonly ratios: number[];
  readonly floors: number[];
}

function subjectOf({ name, schema, item, wire }: Case): Subject {
  const items = Array.from({ length: 100 }, (_, index) => item(index));
  // What a handler returns has more than the model, as a row of a database has.
  const returned = items.map((each) => ({ ...each, secret: "never sent" }));
  const { encode } = compileResponses(schema, 200, name);
  const text = (value: unknown): string | undefined => {
    const encoded = encode(200, value);
    assert.ok(!(encoded instanceof Promise) && encoded.ok, `${name} fits its model`);
    return encoded.text;
  };
  const expected = JSON.stringify(wire === undefined ? items : items.map((each) => wire(each)));
  assert.equal(text(returned), expected);
  const wrong = [...returned.slice(1), { ...returned[0], [Object.keys(items[0] ?? {})[1] ?? ""]: 1 }];
  const refused = encode(200, wrong);
  assert.ok(!(refused instanceof Promise) && !refused.ok, `${name} refuses what does not fit`);
  return { name, stringify: () => JSON.stringify(items), encode: () => text(returned), ratios: [], floors: [] };
}

/** Microseconds of this process for one call. */
function slice(call: () => unknown): number {
  const before = process.cpuUsage();
  for (let turn = 0; turn < perSlice; turn += 1) call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / perSlice;
}

function shuffled<T>(list: readonly T[]): T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(Math.floor(Math.random() * left.length), 1));
}

const subjects = cases.map(subjectOf);
// The first rounds are for the compiler.
const warmUp = 30;
for (let round = -warmUp; round < rounds; round += 1) {
  for (const subject of shuffled(subjects)) {
    const first = slice(subject.stringify);
    const middle = slice(subject.encode);
    const floor = (first + slice(subject.stringify)) / 2;
    if (round < 0) continue;
    subject.ratios.push(middle / floor);
    subject.floors.push(floor);
  }
}
for (const { name, ratios, floors } of subjects) {
  const floor = median(floors);
  console.log(
    `${name.padEnd(28)} ${median(ratios).toFixed(2)} x JSON.stringify, which takes ${floor.toFixed(1).padStart(5)} us`,
  );
}
