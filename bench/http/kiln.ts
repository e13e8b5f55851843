// The app of bench/tracing.ts: validated body, three dependencies that need each other, a filtered answer, three log lines.
import { body, depends, header, httpError, kiln, log, model, path } from "kilnjs";
import { z } from "zod";

const Order = model("Order", {
  id: z.int(),
  customer: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  total: z.number(),
});
const NewOrder = model("NewOrder", {
  customer: z.string().min(1).max(100),
  items: z.array(z.object({ sku: z.string().min(1), quantity: z.int().min(1) })).min(1),
});
const Forbidden = httpError(403, "forbidden", "Not for you");

const caller = depends({ authorization: header(z.string()) }, ({ authorization }) => ({ id: authorization.length }));
const member = depends({ caller }, ({ caller }) => ({ caller, role: "member" }));
const shop = depends({ member, shopId: path(z.int()) }, ({ member, shopId }) => {
  if (member.role !== "member") throw new Forbidden();
  return { id: shopId, owner: member.caller.id };
});

const app = kiln({ title: "bench", docs: "off" });
app.post(
  "/shops/:shopId/orders",
  { needs: { shop, order: body(NewOrder), log }, returns: Order, status: 201 },
  ({ shop, order, log }) => {
    log.info({ shop: shop.id }, "order_placed");
    const placed = { id: 1, ...order, total: order.items.length * 10, secret: "never sent" };
    return placed;
  },
);
const { port } = await app.listen({ port: 0, host: "127.0.0.1" });
process.send?.({ port });
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
