// What node:http by itself needs for its sockets, for ../memory.ts.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { reportMemory } from "./report.ts";

const text = JSON.stringify({ hello: "world" });
const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": text.length }).end(text);
});
// No socket must close while others are opened.
server.keepAliveTimeout = 120_000;
// A server on a port has an address of this kind.
server.listen(0, "127.0.0.1", 4_096, () => reportMemory((server.address() as AddressInfo).port));
