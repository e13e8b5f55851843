// What app.ts does on node:http, started and ended as pm2's documentation says: "ready" when it listens, and SIGINT lets it finish.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  if (request.url === "/spin") for (;;);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ pid: process.pid }));
});
server.keepAliveTimeout = 75_000;
process.on("SIGINT", () => {
  server.close((error) => process.exit(error === undefined ? 0 : 1));
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => process.send?.("ready"));
