// Hono on Node, with its Zod validator; ids by its own middleware, lines by pino.
import { serve } from "@hono/node-server";
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { type RequestIdVariables, requestId } from "hono/request-id";
import { callerOf, items, placed, tokenOf } from "../shared/data.ts";
import { host, port, production } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { pool } from "../shared/pool.ts";
import { completed, context, handled, pathOf, received } from "../shared/request-log.ts";
import * as schemas from "../shared/schemas.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

interface Env {
  Variables: RequestIdVariables & {
    caller: { id: number; role: string };
    shop: { id: number; owner: number; role: string; vault: string };
  };
}

const app = new Hono<Env>();

if (production) {
  app.use(requestId());
  app.use(async (c, next) => {
    const request = received(c.req.method, pathOf(c.req.url), c.get("requestId"));
    await context.run(request, next);
    completed(request, c.res.status);
  });
}

app.get("/hello", (c) => {
  handled({ greeted: 1 });
  return c.json(schemas.hello.parse({ hello: "world" }));
});

app.post("/orders", zValidator("json", schemas.newOrder), (c) => {
  const order = c.req.valid("json");
  handled({ items: order.items.length });
  return c.json(schemas.order.parse(placed(order)), 201);
});

const withCaller = createMiddleware<Env>(async (c, next) => {
  const token = tokenOf(c.req.header("authorization"));
  if (token === undefined) return c.json({ message: "Who are you?" }, 401);
  c.set("caller", callerOf(token));
  await next();
});

const membersOnly = createMiddleware<Env>(async (c, next) => {
  if (c.get("caller").role !== "member") return c.json({ message: "Members only" }, 403);
  await next();
});

const withShop = createMiddleware<Env>(async (c, next) => {
  const { id: owner, role } = c.get("caller");
  c.set("shop", { id: Number(c.req.param("id")), owner, role, vault: "never sent" });
  await next();
});

app.get("/shops/:id", zValidator("param", schemas.idParams), withCaller, membersOnly, withShop, (c) => {
  const shop = c.get("shop");
  handled({ shop: shop.id });
  return c.json(schemas.shop.parse(shop));
});

app.get("/items", (c) => {
  handled({ items: items.length });
  return c.json(schemas.itemList.parse(items));
});

app.get("/items/:id", zValidator("param", schemas.idParams), async (c) => {
  const { id } = c.req.valid("param");
  handled({ item: id });
  const item = await findItem(pool, id);
  return item === undefined ? c.json({ message: "No item has this id" }, 404) : c.json(schemas.item.parse(item));
});

app.get("/json", (c) => {
  handled({ greeted: 1 });
  return c.json(schemas.message.parse({ message: "Hello, World!" }));
});

app.get("/db", async (c) => {
  handled({ rows: 1 });
  return c.json(schemas.world.parse(await findWorld(pool)));
});

app.get("/queries", async (c) => {
  const count = countOf(c.req.query("queries"));
  handled({ rows: count });
  return c.json(schemas.worlds.parse(await findWorlds(pool, count)));
});

app.get("/updates", async (c) => {
  const count = countOf(c.req.query("queries"));
  handled({ rows: count });
  return c.json(schemas.worlds.parse(await updateWorlds(pool, count)));
});

app.get("/fortunes", async (c) => {
  handled({ rows: 12 });
  return c.html(renderFortunes(await findFortunes(pool)));
});

serve({ fetch: app.fetch, port, hostname: host });
