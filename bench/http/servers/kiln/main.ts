// Kiln as its documentation has it. Bare is without log lines; the id of a request cannot be turned off.
import { bearer, body, depends, httpError, kiln, log, model, path, query, reply } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { z } from "zod";
import { callerOf, items, placed } from "../shared/data.ts";
import { databaseUrl, host, poolSize, port, production } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

const NewOrder = model("NewOrder", {
  customer: z.string().min(1).max(100),
  items: z.array(z.object({ sku: z.string().min(1), quantity: z.int().min(1) })).min(1),
});
const Order = model("Order", {
  id: z.int(),
  customer: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  total: z.number(),
});
const Shop = model("Shop", { id: z.int(), owner: z.int(), role: z.string() });
const Item = model("Item", { id: z.int(), name: z.string(), price: z.number() });
const ListedItem = Item.extend({ tags: z.array(z.string()) });
const World = model("World", { id: z.int(), randomNumber: z.int() });
const Hello = z.object({ hello: z.string() });
const Message = z.object({ message: z.string() });
const Forbidden = httpError(403, "forbidden", "Members only");
const ItemNotFound = httpError(404, "item_not_found", "No item has this id");

const db = postgres({ url: databaseUrl, max: poolSize });
const caller = depends({ token: bearer() }, ({ token }) => callerOf(token));
const member = depends(
  { caller },
  ({ caller }) => {
    if (caller.role !== "member") throw new Forbidden();
    return caller;
  },
  { raises: [Forbidden] },
);
const shop = depends({ member, id: path(z.int()) }, ({ member, id }) => ({
  id,
  owner: member.id,
  role: member.role,
  vault: "never sent",
}));
const count = depends({ queries: query(z.string().optional()) }, ({ queries }) => countOf(queries));

const app = kiln({ title: "bench", logging: { level: production ? "info" : "silent" } });
const options = production ? {} : { accessLog: false };

app.get("/hello", { ...options, needs: { log }, returns: Hello }, ({ log }) => {
  if (production) log.info({ greeted: 1 }, "handled");
  return { hello: "world" };
});

app.post(
  "/orders",
  { ...options, needs: { order: body(NewOrder), log }, returns: Order, status: 201 },
  ({ order, log }) => {
    if (production) log.info({ items: order.items.length }, "handled");
    return placed(order);
  },
);

app.get("/shops/:id", { ...options, needs: { shop, log }, returns: Shop }, ({ shop, log }) => {
  if (production) log.info({ shop: shop.id }, "handled");
  return shop;
});

app.get("/items", { ...options, needs: { log }, returns: z.array(ListedItem) }, ({ log }) => {
  if (production) log.info({ items: items.length }, "handled");
  return items;
});

app.get(
  "/items/:id",
  { ...options, needs: { id: path(z.int()), db: db.pool, log }, returns: Item, raises: [ItemNotFound] },
  async ({ id, db, log }) => {
    if (production) log.info({ item: id }, "handled");
    const item = await findItem(db, id);
    if (item === undefined) throw new ItemNotFound();
    return item;
  },
);

app.get("/json", { ...options, needs: { log }, returns: Message }, ({ log }) => {
  if (production) log.info({ greeted: 1 }, "handled");
  return { message: "Hello, World!" };
});

app.get("/db", { ...options, needs: { db: db.pool, log }, returns: World }, ({ db, log }) => {
  if (production) log.info({ rows: 1 }, "handled");
  return findWorld(db);
});

app.get(
  "/queries",
  { ...options, needs: { db: db.pool, count, log }, returns: z.array(World) },
  ({ db, count, log }) => {
    if (production) log.info({ rows: count }, "handled");
    return findWorlds(db, count);
  },
);

app.get(
  "/updates",
  { ...options, needs: { db: db.pool, count, log }, returns: z.array(World) },
  ({ db, count, log }) => {
    if (production) log.info({ rows: count }, "handled");
    return updateWorlds(db, count);
  },
);

app.get("/fortunes", { ...options, needs: { db: db.pool, reply, log } }, async ({ db, reply, log }) => {
  if (production) log.info({ rows: 12 }, "handled");
  return reply.html(renderFortunes(await findFortunes(db)));
});

await app.listen({ port, host });
