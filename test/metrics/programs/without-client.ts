// An app on a machine without prom-client; prints what its page of metrics and its status answer.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (name, context, next) => {
    if (name !== "prom-client") return next(name, context);
    throw Object.assign(new Error("Cannot find module 'prom-client'"), { code: "MODULE_NOT_FOUND" });
  },
});

const { kiln } = await import("kilnjs");
const app = kiln({ title: "Without", logging: { level: "silent" } });
const server = await app.listen({ port: 0, host: "127.0.0.1", admin: { port: 0 }, signals: false });
const metrics = await fetch(`${server.adminUrl}/metrics`);
const status = await fetch(`${server.adminUrl}/status`);
process.stdout.write(JSON.stringify({ metrics: metrics.status, text: await metrics.text(), status: status.status }));
await server.close();
