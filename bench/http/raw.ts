// The floor: bare node:http that answers the same bytes and does nothing else.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const text = JSON.stringify({
  id: 1,
  customer: "Ada",
  items: [
    { sku: "a", quantity: 1 },
    { sku: "b", quantity: 2 },
  ],
  total: 20,
});
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(201, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
