// Serves one request of an app that has everything which could be traced, and prints which modules were loaded for it.
import { registerHooks } from "node:module";

const loaded: string[] = [];
registerHooks({
  load: (url, context, next) => {
    loaded.push(url);
    return next(url, context);
  },
});
const { background, depends, kiln } = await import("kilnjs");
const app = kiln({ title: "Untraced", logging: { destination: { write: () => {} } } });
const one = depends({}, () => 1);
app.get("/", { needs: { one, background } }, ({ one, background }) => {
  background.add(() => {});
  return one;
});
const served = await app.listen({ port: 0, signals: false });
await (await fetch(served.url)).text();
await served.close();
process.stdout.write(JSON.stringify(loaded.filter((url) => /opentelemetry|\/src\/tracing\//.test(url))));
