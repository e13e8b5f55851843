// Elysia on Node.
import { node } from "@elysiajs/node";
import { host, port } from "../shared/environment.ts";
import { createApp } from "./app.ts";

createApp({ adapter: node() }).listen({ port, hostname: host });
