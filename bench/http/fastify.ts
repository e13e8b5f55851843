// The same on Fastify 5 with its logger and TypeBox, set up as its documentation does.
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import fastify from "fastify";
import { Type } from "typebox";

const app = fastify({ logger: true, requestIdHeader: "x-request-id" })
  .setValidatorCompiler(TypeBoxValidatorCompiler)
  .withTypeProvider<TypeBoxTypeProvider>();

app.decorateRequest("caller", null);
app.decorateRequest("member", null);
app.decorateRequest("shop", null);

interface State {
  caller?: { id: number };
  member?: { caller: { id: number }; role: string };
  shop?: { id: number; owner: number };
}

app.addHook("onRequest", async (request, reply) => {
  reply.header("x-request-id", request.id);
});

app.post(
  "/shops/:shopId/orders",
  {
    schema: {
      params: Type.Object({ shopId: Type.Integer() }),
      headers: Type.Object({ authorization: Type.String() }),
      body: Type.Object({
        customer: Type.String({ minLength: 1, maxLength: 100 }),
        items: Type.Array(Type.Object({ sku: Type.String({ minLength: 1 }), quantity: Type.Integer({ minimum: 1 }) }), {
          minItems: 1,
        }),
      }),
      response: {
        201: Type.Object({
          id: Type.Integer(),
          customer: Type.String(),
          items: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
          total: Type.Number(),
        }),
        403: Type.Object({ message: Type.String() }),
      },
    },
    preHandler: [
      async (request) => {
        const state = request as unknown as State;
        state.caller = { id: (request.headers.authorization ?? "").length };
      },
      async (request) => {
        const state = request as unknown as State;
        state.member = { caller: state.caller ?? { id: 0 }, role: "member" };
      },
      async (request, reply) => {
        const state = request as unknown as State;
        if (state.member?.role !== "member") return reply.code(403).send({ message: "Not for you" });
        state.shop = { id: (request.params as { shopId: number }).shopId, owner: state.member.caller.id };
      },
    ],
  },
  async (request, reply) => {
    const { shop } = request as unknown as State;
    request.log.info({ shop: shop?.id }, "order_placed");
    const order = request.body;
    reply.code(201);
    const placed = { id: 1, ...order, total: order.items.length * 10, secret: "never sent" };
    return placed;
  },
);
await app.listen({ port: 0, host: "127.0.0.1" });
const address = app.server.address();
process.send?.({ port: typeof address === "object" ? address?.port : 0 });
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
