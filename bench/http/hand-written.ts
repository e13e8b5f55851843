// The same by hand on node:http, with the same logger: what the framework costs is the difference.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { requestCompleted, requestReceived } from "../../src/logging/access.ts";
import { runFor } from "../../src/logging/context.ts";
import { createLogger } from "../../src/logging/create-logger.ts";
import { acceptRequestId } from "../../src/logging/request-id.ts";

const log = createLogger({ production: true, service: "bench", environment: "production" });
const Order = z.object({
  id: z.int(),
  customer: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  total: z.number(),
});
const NewOrder = z.object({
  customer: z.string().min(1).max(100),
  items: z.array(z.object({ sku: z.string().min(1), quantity: z.int().min(1) })).min(1),
});
const route = /^\/shops\/(\d+)\/orders$/;

function send(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

function caller(request: IncomingMessage): { id: number } | undefined {
  const { authorization } = request.headers;
  return authorization === undefined ? undefined : { id: authorization.length };
}

const server = createServer((request, response) => {
  const started = performance.now();
  const id = acceptRequestId(request.headers["x-request-id"]);
  const requestLog = log.forRequest(id);
  const method = request.method ?? "";
  const path = request.url ?? "";
  response.setHeader("x-request-id", id);
  requestReceived(requestLog, { method, path });
  response.once("close", () => {
    const duration_ms = Math.round((performance.now() - started) * 1000) / 1000;
    requestCompleted(requestLog, {
      method,
      path,
      route: "/shops/:shopId/orders",
      status_code: response.statusCode,
      duration_ms,
    });
  });
  const match = route.exec(path);
  if (match === null || method !== "POST") return send(response, 404, { title: "Nothing is here" });
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > 1024 * 1024) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () =>
    runFor({ kind: "request", log: requestLog }, () => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(Buffer.concat(chunks).toString());
      } catch {
        return send(response, 400, { title: "no JSON" });
      }
      const order = NewOrder.safeParse(parsed);
      if (!order.success) return send(response, 422, { errors: order.error.issues });
      const from = caller(request);
      if (from === undefined) return send(response, 422, { title: "authorization is missing" });
      const member = { caller: from, role: "member" };
      if (member.role !== "member") return send(response, 403, { title: "Not for you" });
      const shop = { id: Number(match[1]), owner: member.caller.id };
      requestLog.info({ shop: shop.id }, "order_placed");
      const placed = { id: 1, ...order.data, total: order.data.items.length * 10, secret: "never sent" };
      send(response, 201, Order.parse(placed));
    }),
  );
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
