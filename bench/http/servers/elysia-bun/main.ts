// Elysia on Bun, for which it was made.
import { createApp } from "../elysia/app.ts";
import { host, port } from "../shared/environment.ts";

createApp({}).listen({ port, hostname: host });
