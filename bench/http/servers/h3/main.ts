// h3 on Node, with Zod in its own validating functions; lines by pino.
import {
  getQuery,
  getValidatedRouterParams,
  H3,
  type H3Event,
  HTTPError,
  html,
  raw,
  readValidatedBody,
  serve,
} from "h3";
import { callerOf, items, placed, tokenOf } from "../shared/data.ts";
import { host, port, production } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { pool } from "../shared/pool.ts";
import { completed, context, handled, pathOf, received } from "../shared/request-log.ts";
import * as schemas from "../shared/schemas.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

const app = new H3();

if (production) {
  app.use(async (event, next) => {
    const { method, url, headers } = event.req;
    const request = received(method, pathOf(url), headers.get("x-request-id"));
    event.res.headers.set("x-request-id", request.id);
    const result = await context.run(request, next);
    completed(request, event.res.status ?? 200);
    return result;
  });
}

function callerIn(event: H3Event): { id: number; role: string } {
  const token = tokenOf(event.req.headers.get("authorization"));
  if (token === undefined) throw new HTTPError({ status: 401, message: "Who are you?" });
  return callerOf(token);
}

function memberIn(event: H3Event): { id: number; role: string } {
  const caller = callerIn(event);
  if (caller.role !== "member") throw new HTTPError({ status: 403, message: "Members only" });
  return caller;
}

async function shopIn(event: H3Event): Promise<schemas.Shop & { vault: string }> {
  const { id: owner, role } = memberIn(event);
  const { id } = await getValidatedRouterParams(event, schemas.idParams);
  return { id, owner, role, vault: "never sent" };
}

function countIn(event: H3Event): number {
  const { queries } = getQuery(event);
  return countOf(typeof queries === "string" ? queries : undefined);
}

app
  .get("/hello", () => {
    handled({ greeted: 1 });
    return schemas.hello.parse({ hello: "world" });
  })
  .post("/orders", async (event) => {
    const order = await readValidatedBody(event, schemas.newOrder);
    handled({ items: order.items.length });
    event.res.status = 201;
    return schemas.order.parse(placed(order));
  })
  .get("/shops/:id", async (event) => {
    const shop = await shopIn(event);
    handled({ shop: shop.id });
    return schemas.shop.parse(shop);
  })
  .get("/items", () => {
    handled({ items: items.length });
    return schemas.itemList.parse(items);
  })
  .get("/items/:id", async (event) => {
    const { id } = await getValidatedRouterParams(event, schemas.idParams);
    handled({ item: id });
    const item = await findItem(pool, id);
    if (item === undefined) throw new HTTPError({ status: 404, message: "No item has this id" });
    return schemas.item.parse(item);
  })
  .get("/json", () => {
    handled({ greeted: 1 });
    return schemas.message.parse({ message: "Hello, World!" });
  })
  .get("/db", async () => {
    handled({ rows: 1 });
    return schemas.world.parse(await findWorld(pool));
  })
  .get("/queries", async (event) => {
    const count = countIn(event);
    handled({ rows: count });
    return schemas.worlds.parse(await findWorlds(pool, count));
  })
  .get("/updates", async (event) => {
    const count = countIn(event);
    handled({ rows: count });
    return schemas.worlds.parse(await updateWorlds(pool, count));
  })
  .get("/fortunes", async () => {
    handled({ rows: 12 });
    return html(raw(renderFortunes(await findFortunes(pool))));
  });

serve(app, { port, hostname: host, silent: true });
