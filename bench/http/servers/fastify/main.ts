// Fastify 5 with its logger and TypeBox, set up as its documentation does.
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger } from "fastify";
import { Type } from "typebox";
import { callerOf, items, placed, tokenOf } from "../shared/data.ts";
import { host, port, production } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { pool } from "../shared/pool.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

const NewOrder = Type.Object({
  customer: Type.String({ minLength: 1, maxLength: 100 }),
  items: Type.Array(Type.Object({ sku: Type.String({ minLength: 1 }), quantity: Type.Integer({ minimum: 1 }) }), {
    minItems: 1,
  }),
});
const Order = Type.Object({
  id: Type.Integer(),
  customer: Type.String(),
  items: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
  total: Type.Number(),
});
const Shop = Type.Object({ id: Type.Integer(), owner: Type.Integer(), role: Type.String() });
const item = { id: Type.Integer(), name: Type.String(), price: Type.Number() };
const World = Type.Object({ id: Type.Integer(), randomNumber: Type.Integer() });
const Problem = Type.Object({ message: Type.String() });
const Id = Type.Object({ id: Type.Integer() });
const Count = Type.Object({ queries: Type.Optional(Type.String()) });

const context = new AsyncLocalStorage<{ log: FastifyBaseLogger }>();
const app = fastify({
  logger: production,
  ...(production ? { requestIdHeader: "x-request-id", genReqId: () => randomUUID() } : {}),
})
  .setValidatorCompiler(TypeBoxValidatorCompiler)
  .withTypeProvider<TypeBoxTypeProvider>();

declare module "fastify" {
  interface FastifyRequest {
    caller: { id: number; role: string } | null;
    shop: { id: number; owner: number; role: string; vault: string } | null;
  }
}

app.decorateRequest("caller", null);
app.decorateRequest("shop", null);
if (production) {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    context.run({ log: request.log }, done);
  });
}

app.get("/hello", { schema: { response: { 200: Type.Object({ hello: Type.String() }) } } }, async (request) => {
  if (production) request.log.info({ greeted: 1 }, "handled");
  return { hello: "world" };
});

app.post("/orders", { schema: { body: NewOrder, response: { 201: Order } } }, async (request, reply) => {
  if (production) request.log.info({ items: request.body.items.length }, "handled");
  reply.code(201);
  return placed(request.body);
});

app.get(
  "/shops/:id",
  {
    schema: { params: Id, response: { 200: Shop, 401: Problem, 403: Problem } },
    preHandler: [
      async (request, reply) => {
        const token = tokenOf(request.headers.authorization);
        if (token === undefined) return reply.code(401).send({ message: "Who are you?" });
        request.caller = callerOf(token);
      },
      async (request, reply) => {
        if (request.caller?.role !== "member") return reply.code(403).send({ message: "Members only" });
      },
      async (request) => {
        const { id, role } = request.caller ?? { id: 0, role: "" };
        // The hook is declared before the types of the route's schema are known.
        request.shop = { id: (request.params as { id: number }).id, owner: id, role, vault: "never sent" };
      },
    ],
  },
  async (request) => {
    if (production) request.log.info({ shop: request.shop?.id }, "handled");
    return request.shop ?? { id: 0, owner: 0, role: "" };
  },
);

app.get(
  "/items",
  { schema: { response: { 200: Type.Array(Type.Object({ ...item, tags: Type.Array(Type.String()) })) } } },
  async (request) => {
    if (production) request.log.info({ items: items.length }, "handled");
    return items;
  },
);

app.get(
  "/items/:id",
  { schema: { params: Id, response: { 200: Type.Object(item), 404: Problem } } },
  async (request, reply) => {
    if (production) request.log.info({ item: request.params.id }, "handled");
    const found = await findItem(pool, request.params.id);
    return found ?? reply.code(404).send({ message: "No item has this id" });
  },
);

app.get("/json", { schema: { response: { 200: Problem } } }, async (request) => {
  if (production) request.log.info({ greeted: 1 }, "handled");
  return { message: "Hello, World!" };
});

app.get("/db", { schema: { response: { 200: World } } }, async (request) => {
  if (production) request.log.info({ rows: 1 }, "handled");
  return findWorld(pool);
});

app.get("/queries", { schema: { querystring: Count, response: { 200: Type.Array(World) } } }, async (request) => {
  const count = countOf(request.query.queries);
  if (production) request.log.info({ rows: count }, "handled");
  return findWorlds(pool, count);
});

app.get("/updates", { schema: { querystring: Count, response: { 200: Type.Array(World) } } }, async (request) => {
  const count = countOf(request.query.queries);
  if (production) request.log.info({ rows: count }, "handled");
  return updateWorlds(pool, count);
});

app.get("/fortunes", async (request, reply) => {
  if (production) request.log.info({ rows: 12 }, "handled");
  return reply.type("text/html; charset=utf-8").send(renderFortunes(await findFortunes(pool)));
});

await app.listen({ port, host });
