// Serves a request in production and says whether pino is there, before and after a line that has an error in it.
import { createRequire } from "node:module";
import { kiln, log } from "kilnjs";

const require = createRequire(import.meta.url);
const sayLoaded = (): void => {
  const loaded = Object.keys(require.cache).some((path) => path.includes("/node_modules/pino/"));
  process.stdout.write(`${JSON.stringify({ loaded })}\n`);
};

const app = kiln({ title: "Lazy", logging: { destination: process.stdout } });
app.get("/hello/:name", {}, () => {
  log.info({ name: "ada" }, "greeted");
  return "hello";
});
const server = await app.listen({ port: 0, host: "127.0.0.1" });
await (await fetch(`${server.url}/hello/ada`)).text();
sayLoaded();
log.error(new Error("no such printer"), "odd");
sayLoaded();
await server.close();
