// Serves one request that blocks, and tells what became of Node's own functions and which of Kiln's files were loaded.
import fs from "node:fs";
import { registerHooks } from "node:module";

const { readFileSync, existsSync } = fs;
const loaded: string[] = [];
registerHooks({
  load: (url, context, next) => {
    loaded.push(url);
    return next(url, context);
  },
});

const { kiln } = await import("kilnjs");
const lines: string[] = [];
const app = kiln({
  title: "production",
  guard: "throw",
  logging: { format: "json", destination: { write: (line: string) => lines.push(line) } },
});
let same = false;
app.get("/", {}, () => {
  same = fs.readFileSync === readFileSync && fs.existsSync === existsSync;
  return fs.existsSync("/");
});
const served = await app.listen({ port: 0, signals: false });
const { status } = await fetch(served.url);
await served.close();
process.stdout.write(
  JSON.stringify({
    status,
    same,
    reported: lines.some((line) => line.includes("sync_io")),
    guard: loaded.filter((url) => /threads\/guard\/(?!options\.)/.test(url)).length > 0,
  }),
);
