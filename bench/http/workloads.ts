// What every server is asked, and what it has to answer: the one definition that the checks and the load share.
import assert from "node:assert/strict";

/** A request as text, as it goes over the wire. */
export interface Asked {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A request that must be refused with one of these. */
interface Refusal extends Asked {
  readonly statuses: readonly number[];
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** The request that is measured. */
  readonly asked: Asked;
  readonly status: number;
  readonly type: "application/json" | "text/html";
  /** @throws when the answer is not the right one */
  verify(answer: Answer): void;
  readonly refusals: readonly Refusal[];
  /** Whether the answer comes from PostgreSQL. */
  readonly database: boolean;
}

const json = "application/json";
/** What a server may answer to input that does not fit: the frameworks differ. */
const invalid = [400, 422];
const order = {
  customer: "Ada",
  items: [
    { sku: "a", quantity: 1 },
    { sku: "b", quantity: 2 },
  ],
};

function isJson(expected: unknown): (answer: Answer) => void {
  return ({ text }) => assert.deepEqual(JSON.parse(text), expected);
}

function post(body: string): Asked {
  return { method: "POST", path: "/orders", headers: { "content-type": json }, body };
}

function get(path: string, headers?: Readonly<Record<string, string>>): Asked {
  return headers === undefined ? { method: "GET", path } : { method: "GET", path, headers };
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

function refusedOrder(body: unknown): Refusal {
  return { ...post(typeof body === "string" ? body : JSON.stringify(body)), statuses: invalid };
}

function isWorld(value: unknown): void {
  const { id, randomNumber, ...others } = value as { id: number; randomNumber: number };
  assert.deepEqual(others, {});
  for (const number of [id, randomNumber]) assert.ok(Number.isInteger(number) && number >= 1 && number <= 10_000);
}

/** That there are so many rows of World, not all of them the same. */
function areWorlds(count: number): (answer: Answer) => void {
  return ({ text }) => {
    const rows = JSON.parse(text) as { id: number }[];
    assert.equal(rows.length, count);
    for (const row of rows) isWorld(row);
    if (count > 1) assert.ok(new Set(rows.map(({ id }) => id)).size > 1, "the rows are random");
  };
}

function areFortunes({ text }: Answer): void {
  assert.match(text, /^<!doctype html>/i);
  assert.equal(text.match(/<tr><td>/g)?.length, 13, "twelve fortunes and one of the request");
  assert.ok(text.includes("<td>Additional fortune added at request time.</td>"));
  assert.ok(text.includes("&lt;script&gt;") && !text.includes("<script>"), "what the rows say is escaped");
  assert.ok(text.includes("フレームワークのベンチマーク"));
  const said = [...text.matchAll(/<td>([^<]*)<\/td><\/tr>/g)].map(([, message]) => message ?? "");
  assert.ok(
    said.every((message, i) => i === 0 || (said[i - 1] ?? "") < message) && said.length > 12,
    "they are sorted",
  );
}

const first = {
  hello: {
    title: "hello",
    asked: get("/hello"),
    verify: isJson({ hello: "world" }),
    refusals: [{ ...get("/nowhere"), statuses: [404] }],
  },
  post: {
    title: "POST validated and filtered",
    asked: post(JSON.stringify(order)),
    status: 201,
    verify: isJson({ id: 1, ...order, total: 20 }),
    refusals: [
      refusedOrder("{"),
      refusedOrder({ customer: "Ada" }),
      refusedOrder({ ...order, customer: "" }),
      refusedOrder({ ...order, items: [] }),
      refusedOrder({ ...order, items: [{ sku: "a", quantity: 0 }] }),
      refusedOrder({ ...order, items: [{ sku: "a", quantity: 1.5 }] }),
      refusedOrder({ ...order, items: [{ sku: "a", quantity: "1" }] }),
    ],
  },
  dependencies: {
    title: "three-level dependencies",
    asked: get("/shops/7", bearer("member")),
    verify: isJson({ id: 7, owner: 6, role: "member" }),
    refusals: [
      { ...get("/shops/7", bearer("guest")), statuses: [403] },
      { ...get("/shops/7"), statuses: [401, ...invalid] },
      { ...get("/shops/seven", bearer("member")), statuses: [404, ...invalid] },
    ],
  },
  row: {
    title: "one row from PostgreSQL",
    asked: get("/items/42"),
    verify: isJson({ id: 42, name: "Item 42", price: 43 }),
    refusals: [
      { ...get("/items/1001"), statuses: [404] },
      { ...get("/items/x"), statuses: [404, ...invalid] },
    ],
    database: true,
  },
  list: {
    title: "100-item list",
    asked: get("/items"),
    verify: isJson(
      Array.from({ length: 100 }, (_, i) => ({ id: i + 1, name: `Item ${i + 1}`, price: i + 2, tags: ["a", "b"] })),
    ),
  },
} satisfies Record<string, Partial<Workload>>;

const techEmpower = {
  json: {
    title: "TechEmpower: JSON",
    asked: get("/json"),
    verify: isJson({ message: "Hello, World!" }),
  },
  db: {
    title: "TechEmpower: single query",
    asked: get("/db"),
    verify: ({ text }: Answer) => isWorld(JSON.parse(text)),
    database: true,
  },
  queries: {
    title: "TechEmpower: 20 queries",
    asked: get("/queries?queries=20"),
    verify: areWorlds(20),
    database: true,
  },
  fortunes: {
    title: "TechEmpower: fortunes",
    asked: get("/fortunes"),
    type: "text/html",
    verify: areFortunes,
    database: true,
  },
  updates: {
    title: "TechEmpower: 20 updates",
    asked: get("/updates?queries=20"),
    verify: areWorlds(20),
    database: true,
  },
} satisfies Record<string, Partial<Workload>>;

/** Answers that are checked and not measured: TechEmpower's rules for a count that does not fit. */
export const furtherAnswers: readonly (readonly [Asked, (answer: Answer) => void])[] = [
  [get("/queries?queries=x"), areWorlds(1)],
  [get("/queries?queries=0"), areWorlds(1)],
  [get("/queries?queries=501"), areWorlds(500)],
  [get("/queries"), areWorlds(1)],
];

export const workloads: readonly Workload[] = Object.entries({ ...first, ...techEmpower }).map(([name, given]) => ({
  status: 200,
  type: json,
  refusals: [],
  database: false,
  name,
  ...given,
}));
