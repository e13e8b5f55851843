// An app whose routes block the loop in different ways. The port comes as a message.
import { execSync } from "node:child_process";
import { pbkdf2Sync } from "node:crypto";
import inspector from "node:inspector";
import { setTimeout as wait } from "node:timers/promises";
import { background, depends, kiln, path, query, resource } from "kilnjs";
import { z } from "zod";
import { stallCounts } from "../../../../src/threads/stall/counts.ts";

const limit = process.env.LIMIT === undefined ? undefined : Number(process.env.LIMIT);

/**
 * By the time of the processor: on a busy machine the other one passes while nothing is done. All of it on one line
 * and in one function, so that a stack taken at any moment has the same innermost place.
 */
function burn(milliseconds: number): void {
  const end = milliseconds * 1000;
  const start = process.threadCpuUsage();
  for (let at = start, used = 0; used < end; at = process.threadCpuUsage(start), used = at.user + at.system);
}

const app = kiln({
  title: "Blocking",
  ...(limit === undefined ? {} : { stallWatch: { limit } }),
  guard: process.env.GUARD === undefined ? "off" : "warn",
  // What blocks must not be refused for it.
  load: { loopDelay: 0 },
  logging: { format: "json" },
});

app.get("/loop/:id", { needs: { id: path(z.int()) } }, function slowHandler({ id }) {
  burn(300);
  return { id };
});

const slowUser = depends({}, function loadUser() {
  burn(300);
  return "ada";
});
app.get("/provider", { needs: { slowUser } }, ({ slowUser }) => ({ slowUser }));

const slowAfterAwait = depends({}, async () => {
  await wait(5);
  burn(300);
  return "ada";
});
app.get("/after-await", { needs: { slowAfterAwait } }, ({ slowAfterAwait }) => ({ slowAfterAwait }));

const cleaned = depends({}, async function* connection() {
  yield 1;
  await wait(1);
  burn(300);
});
app.get("/clean-up", { needs: { cleaned } }, () => ({}));

app.get("/crypto", {}, () => ({ key: pbkdf2Sync("a", "b", 600_000, 64, "sha512").toString("hex") }));
app.get("/process", {}, () => ({ out: execSync("sleep 0.3").toString() }));
app.get("/regex", {}, () => ({ matches: /^(a+)+$/.test(`${"a".repeat(25)}b`) }));
app.get("/parse", {}, () => ({ length: (JSON.parse(large()) as unknown[]).length }));
app.get("/atomics", {}, () => ({ how: Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300) }));

let text: string | undefined;
function large(): string {
  text ??= JSON.stringify(Array.from({ length: 400_000 }, (_, i) => ({ i, name: `name ${i}`, tags: [1, 2, 3] })));
  return text;
}
app.get("/prepare", {}, () => ({ length: large().length }));

app.get("/ever", { needs: { ms: query(z.coerce.number()) } }, function forEver({ ms }) {
  burn(ms);
  return {};
});
app.get("/process-ever", {}, () => ({ out: execSync("sleep 2.6").toString() }));

app.get("/task", { needs: { background } }, ({ background }) => {
  background.add(function sendMail() {
    burn(300);
  });
  return {};
});

const slowStart = resource({}, async function* slowStart() {
  if (process.env.SLOW_START !== undefined) burn(300);
  yield 1;
});
app.get("/quick", { needs: { slowStart } }, () => ({}));

app.get("/inspect", {}, () => {
  inspector.open(0, "127.0.0.1");
  return {};
});
app.get("/leave", {}, () => {
  inspector.close();
  return {};
});

// Two at once: after the wait, only the stack says which of them blocks.
const first = depends(
  {},
  async function readFirst() {
    await wait(20);
    burn(200);
    return 1;
  },
  { concurrent: true },
);
const second = depends(
  {},
  async function readSecond() {
    await wait(1);
    return 2;
  },
  { concurrent: true },
);
app.get("/concurrent", { needs: { first, second } }, () => ({}));

const kept: unknown[] = [];
app.get("/fill", {}, async () => {
  for (let i = 0; i < 100; i++) {
    kept.push(Array.from({ length: 40_000 }, (_, j) => ({ i, j })));
    await wait(1);
  }
  return {};
});
app.get("/collect", { needs: { drop: query(z.stringbool()) } }, ({ drop }) => {
  if (drop) kept.splice(0, kept.length / 2);
  for (let i = 0; i < 6; i++) globalThis.gc?.();
  return {};
});

app.get("/counts", {}, () => stallCounts());
app.get("/close", {}, () => {
  setImmediate(() => void listening.close().then(() => process.disconnect()));
  return {};
});

const listening = await app.listen({ port: 0 });
process.send?.({ port: listening.port });
