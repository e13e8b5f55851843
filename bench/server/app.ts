// A small app for the benchmarks of the server.
import { type App, kiln } from "kilnjs";

const items = Array.from({ length: 20 }, (_, id) => ({ id, title: `Item ${id}` }));

export const app: App = kiln({ title: "Bench", logging: { level: "info" } });
app.get("/", {}, () => ({ pid: process.pid }));

// So much work, about 0.4 ms, that a load generator on the same machine is no large part of it.
app.get("/work", {}, () => {
  let length = 0;
  for (let round = 0; round < 60; round++) length += JSON.stringify(JSON.parse(JSON.stringify(items))).length;
  return { length };
});

app.get("/spin", {}, function spinForEver() {
  for (;;);
});
