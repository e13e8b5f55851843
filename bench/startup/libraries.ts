// The floor of ../startup.ts: what Kiln stands on, by itself. An app on Fastify, Zod and pino that answers the same.
import fastify from "fastify";
import pino from "pino";
import { z } from "zod";

const log = pino();
const Greeting = z.object({ hello: z.string(), page: z.int() });
const Params = z.object({ name: z.string() });
const app = fastify({ logger: false });
app.get("/hello/:name", (request, reply) => {
  reply.send(Greeting.parse({ hello: Params.parse(request.params).name, page: 1 }));
});
log.info({ url: await app.listen({ port: 0, host: "127.0.0.1" }) }, "ready");
