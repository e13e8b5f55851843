import assert from "node:assert/strict";
import {
  apiKey,
  baseModel,
  basic,
  body,
  cookie,
  datetime,
  decimal,
  depends,
  header,
  kiln,
  path,
  query,
  rawBody,
} from "kilnjs";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

const model = baseModel({ wireCase: "snake" });
const Item = model("Item", { unitPrice: decimal(), madeAt: datetime(), tagNames: z.array(z.string()).default([]) });
const Owner = model("Owner", { fullName: z.string() });

interface Refused {
  readonly errors: readonly { in: string; path: (string | number)[]; code: string; message: string }[];
}

function makeApp() {
  const app = kiln({ title: "inputs" });
  app.get(
    "/list/:kind/:page",
    {
      needs: {
        kind: path(z.enum(["new", "old"])),
        page: path(z.int().min(1)),
        tags: query(z.array(z.string()).default([])),
        verbose: query(z.boolean().default(false)),
        price: query(z.number().optional()),
        since: query(z.date().optional()),
        id: query(z.uuid().optional()),
        note: query(z.string().nullable().default(null)),
        wire: query(z.string().optional(), { name: "wire-name" }),
        ifNoneMatch: header(z.string().optional()),
        theme: cookie(z.enum(["light", "dark"]).default("light")),
      },
    },
    (values) => values,
  );
  app.get(
    "/search",
    {
      needs: {
        filter: query(z.object({ q: z.string(), limit: z.int().default(10) })),
        where: header(z.object({ xRegion: z.string() })),
      },
    },
    (values) => values,
  );
  app.post("/one", { needs: { item: body(Item) }, returns: Item }, ({ item }) => item);
  app.post(
    "/two",
    { needs: { item: body(Item), owner: body(Owner) }, returns: z.object({ item: Item, owner: Owner }) },
    (both) => both,
  );
  app.post("/named", { needs: { owner: body(Owner, { name: "person" }) } }, ({ owner }) => owner);
  app.post("/strict", { needs: { owner: body(Owner.strict()) } }, ({ owner }) => owner);
  app.post("/optional", { needs: { owner: body(Owner.optional()) } }, ({ owner }) => ({ got: owner ?? null }));
  app.post("/hook", { needs: { bytes: rawBody(), n: body(z.object({ n: z.int() })) } }, ({ bytes, n }) => ({
    length: bytes.length,
    n: n.n,
  }));
  app.post(
    "/async",
    {
      needs: {
        name: body(
          z.object({ name: z.string().refine(async (name) => name !== "taken", { message: "That name is taken" }) }),
        ),
      },
    },
    ({ name }) => name,
  );
  const account = depends({ login: basic({ realm: "shop" }) }, ({ login }) => login.username);
  app.get("/basic", { needs: { account } }, ({ account }) => ({ account }));
  app.get(
    "/inherited",
    { needs: { constructor_: header(z.string().default("none"), { name: "constructor" }) } },
    (all) => all,
  );
  app.get("/key", { needs: { key: apiKey({ in: "query", name: "api_key" }) } }, ({ key }) => ({ key }));
  return app;
}

bothWays("text is read by the type of its schema", makeApp, async (t) => {
  const answer = await t.get(
    "/list/new/3?tags=a&tags=b&verbose=YES&price=1.5e2&since=2026-02-28&id=2f5b3c1e-6f0a-4f9e-9d53-7a3f4c1b2d3e&note=x&wire-name=w",
    { headers: { "if-none-match": '"1"', cookie: "theme=dark" } },
  );
  assert.equal(answer.status, 200, answer.text());
  assert.deepEqual(answer.json(), {
    kind: "new",
    page: 3,
    tags: ["a", "b"],
    verbose: true,
    price: 150,
    since: "2026-02-28T00:00:00.000Z",
    id: "2f5b3c1e-6f0a-4f9e-9d53-7a3f4c1b2d3e",
    note: "x",
    wire: "w",
    ifNoneMatch: '"1"',
    theme: "dark",
  });
  assert.deepEqual((await t.get("/list/old/1")).json(), {
    kind: "old",
    page: 1,
    tags: [],
    verbose: false,
    note: null,
    theme: "light",
  });
});

bothWays("text that does not fit is refused, never bent", makeApp, async (t) => {
  const bad: readonly (readonly [string, string])[] = [
    ["/list/other/1", "kind"],
    ["/list/new/0", "page"],
    ["/list/new/1.0", "page"],
    ["/list/new/1e2", "page"],
    ["/list/new/9007199254740993", "page"],
    ["/list/new/1?price=NaN", "price"],
    ["/list/new/1?price=Infinity", "price"],
    ["/list/new/1?price=0x10", "price"],
    ["/list/new/1?price=", "price"],
    ["/list/new/1?verbose=maybe", "verbose"],
    ["/list/new/1?since=2026-02-30", "since"],
    ["/list/new/1?id=123", "id"],
    ["/list/new/1?price=1&price=2", "price"],
  ];
  for (const [url, name] of bad) {
    const answer = await t.get(url);
    assert.equal(answer.status, 422, url);
    const { errors } = answer.json<Refused>();
    assert.deepEqual(
      errors.map((issue) => issue.path[0]),
      [name],
      url,
    );
    assert.ok((errors[0]?.message ?? "").length > 0);
  }
});

bothWays("a whole-object model reads a whole source", makeApp, async (t) => {
  const answer = await t.get("/search?q=x", { headers: { "x-region": "eu" } });
  assert.deepEqual(answer.json(), { filter: { q: "x", limit: 10 }, where: { xRegion: "eu" } });
  const { errors } = (await t.get("/search?limit=x")).json<Refused>();
  const places = errors.map((issue) => `${issue.in} ${issue.path.join(".")}`).sort();
  assert.deepEqual(places, ["header x-region", "query limit", "query q"]);
});

bothWays("bodies speak the names of the wire in both directions and in errors", makeApp, async (t) => {
  const wire = { unit_price: "12.50", made_at: "2026-01-02T03:04:05Z", tag_names: ["a"], extra: 1 };
  const answer = await t.post("/one", { json: wire });
  assert.deepEqual(answer.json(), { unit_price: "12.5", made_at: "2026-01-02T03:04:05.000Z", tag_names: ["a"] });
  const refused = await t.post("/one", { json: { unit_price: 12.5, made_at: "2026-02-30T00:00:00Z", tag_names: [1] } });
  assert.equal(refused.status, 422);
  const places = refused.json<Refused>().errors.map((issue) => issue.path.join("."));
  assert.deepEqual(places.sort(), ["made_at", "tag_names.0", "unit_price"]);
});

bothWays("several bodies are read by key, a single one is the body", makeApp, async (t) => {
  const item = { unit_price: "1", made_at: "2026-01-02T03:04:05Z" };
  const both = await t.post("/two", { json: { item, owner: { full_name: "Ada" } } });
  assert.equal(both.status, 200, both.text());
  assert.deepEqual(both.json<{ owner: unknown }>().owner, { full_name: "Ada" });
  const { errors } = (await t.post("/two", { json: { item } })).json<Refused>();
  assert.deepEqual(
    errors.map(({ path, code }) => [path, code]),
    [[["owner"], "missing"]],
  );
  for (const json of [[], "x", null]) assert.equal((await t.post("/two", { json })).status, 422);
});

bothWays("a body with a name is that property, also alone", makeApp, async (t) => {
  assert.deepEqual((await t.post("/named", { json: { person: { full_name: "Ada" } } })).json(), { fullName: "Ada" });
  const { errors } = (await t.post("/named", { json: { person: {} } })).json<Refused>();
  assert.deepEqual(
    errors.map(({ path, code }) => [path, code]),
    [[["person", "full_name"], "missing"]],
  );
});

bothWays("strict, optional, raw and asynchronous bodies", makeApp, async (t) => {
  const strict = await t.post("/strict", { json: { full_name: "Ada", more: 1 } });
  assert.equal(strict.status, 422);
  assert.deepEqual(strict.json<Refused>().errors[0]?.path, ["more"]);
  assert.deepEqual((await t.post("/optional")).json(), { got: null });
  assert.deepEqual((await t.post("/hook", { json: { n: 1 } })).json(), { length: 7, n: 1 });
  assert.equal((await t.post("/async", { json: { name: "free" } })).status, 200);
  const taken = await t.post("/async", { json: { name: "taken" } });
  assert.equal(taken.json<Refused>().errors[0]?.message, "That name is taken");
});

bothWays("security schemes ask for what they need", makeApp, async (t) => {
  const none = await t.get("/basic");
  assert.equal(none.status, 401);
  assert.match(none.headers.get("www-authenticate") ?? "", /^Basic realm="shop"/);
  const ok = await t.get("/basic", { headers: { authorization: `Basic ${Buffer.from("ada:pw").toString("base64")}` } });
  assert.deepEqual(ok.json(), { account: "ada" });
  assert.equal((await t.get("/key")).status, 401);
  assert.deepEqual((await t.get("/inherited")).json(), { constructor_: "none" }, "not what every object inherits");
  assert.deepEqual((await t.get("/key?api_key=k")).json(), { key: "k" });
});
