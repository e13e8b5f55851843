// Elysia with its own schemas, for Node and for Bun; lines by pino.
import { type AnyElysia, Elysia, type ElysiaConfig, status, t } from "elysia";
import { callerOf, items, placed, tokenOf } from "../shared/data.ts";
import { production } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { pool } from "../shared/pool.ts";
import { completed, context, handled, type Logged, pathOf, received } from "../shared/request-log.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

// `t.Integer` also takes digits in a string, and is turned back for every answer by TypeBox's interpreter: it made the
// order five times as dear. A number that is a multiple of 1 is checked by compiled code.
const Line = { sku: t.String(), quantity: t.Number() };
const NewLine = t.Object({ sku: t.String({ minLength: 1 }), quantity: t.Number({ minimum: 1, multipleOf: 1 }) });
const NewOrder = t.Object({
  customer: t.String({ minLength: 1, maxLength: 100 }),
  items: t.Array(NewLine, { minItems: 1 }),
});
const Order = t.Object({ id: t.Number(), customer: t.String(), items: t.Array(t.Object(Line)), total: t.Number() });
const Shop = t.Object({ id: t.Number(), owner: t.Number(), role: t.String() });
const item = { id: t.Number(), name: t.String(), price: t.Number() };
const World = t.Object({ id: t.Number(), randomNumber: t.Number() });
const Problem = t.Object({ message: t.String() });
const Id = t.Object({ id: t.Integer() });
const Count = t.Object({ queries: t.Optional(t.String()) });

/** The lines of each request, around its handler. */
function logged(app: AnyElysia): void {
  const requests = new WeakMap<Request, Logged>();
  app
    .wrap((handle) => (request: Request, ...rest: unknown[]) => {
      const { method, url, headers } = request;
      const logged = received(method, pathOf(url), headers.get("x-request-id"));
      requests.set(request, logged);
      return context.run(logged, () => handle(request, ...rest));
    })
    .onRequest(({ request, set }) => {
      set.headers["x-request-id"] = requests.get(request)?.id ?? "";
    })
    .onAfterResponse({ as: "global" }, ({ request, set }) => {
      const logged = requests.get(request);
      if (logged !== undefined) completed(logged, Number(set.status ?? 200));
    });
}

/** Three levels, each from the one before. */
const shops = new Elysia()
  .resolve(({ headers }) => {
    const token = tokenOf(headers.authorization);
    return token === undefined ? status(401, { message: "Who are you?" }) : { caller: callerOf(token) };
  })
  .resolve(({ caller }) => (caller.role === "member" ? { member: caller } : status(403, { message: "Members only" })))
  .guard({ params: Id })
  .resolve(({ member, params }) => ({
    shop: { id: params.id, owner: member.id, role: member.role, vault: "never sent" },
  }))
  .get(
    "/shops/:id",
    ({ shop }) => {
      handled({ shop: shop.id });
      return shop;
    },
    { response: { 200: Shop, 401: Problem, 403: Problem } },
  );

/** The app; on Node with an adapter. */
export function createApp(config: ElysiaConfig<"">): AnyElysia {
  const app = new Elysia(config);
  if (production) logged(app);
  return app
    .use(shops)
    .get(
      "/hello",
      () => {
        handled({ greeted: 1 });
        return { hello: "world" };
      },
      { response: t.Object({ hello: t.String() }) },
    )
    .post(
      "/orders",
      ({ body }) => {
        handled({ items: body.items.length });
        return status(201, placed(body));
      },
      { body: NewOrder, response: { 201: Order } },
    )
    .get(
      "/items",
      () => {
        handled({ items: items.length });
        return items;
      },
      { response: t.Array(t.Object({ ...item, tags: t.Array(t.String()) })) },
    )
    .get(
      "/items/:id",
      async ({ params: { id } }) => {
        handled({ item: id });
        return (await findItem(pool, id)) ?? status(404, { message: "No item has this id" });
      },
      { params: Id, response: { 200: t.Object(item), 404: Problem } },
    )
    .get(
      "/json",
      () => {
        handled({ greeted: 1 });
        return { message: "Hello, World!" };
      },
      { response: Problem },
    )
    .get(
      "/db",
      () => {
        handled({ rows: 1 });
        return findWorld(pool);
      },
      { response: World },
    )
    .get(
      "/queries",
      ({ query }) => {
        const count = countOf(query.queries);
        handled({ rows: count });
        return findWorlds(pool, count);
      },
      { query: Count, response: t.Array(World) },
    )
    .get(
      "/updates",
      ({ query }) => {
        const count = countOf(query.queries);
        handled({ rows: count });
        return updateWorlds(pool, count);
      },
      { query: Count, response: t.Array(World) },
    )
    .get("/fortunes", async () => {
      handled({ rows: 12 });
      // On Node the type of a text is text/plain, whatever `set.headers` says.
      return new Response(renderFortunes(await findFortunes(pool)), {
        headers: { "content-type": "text/html; charset=utf-8" },
      });
    });
}
