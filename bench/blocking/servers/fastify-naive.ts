// Fastify as its docs have it, with the work in the handler.
import fastify from "fastify";
import { burn } from "../burn.ts";
import { announce } from "./announce.ts";

const server = fastify({ logger: true });
server.get("/hello", async () => ({ hello: "world" }));
server.get("/burn", async () => ({ burned: burn(500) }));
const url = await server.listen({ port: 0, host: "127.0.0.1" });
announce(Number(new URL(url).port));
