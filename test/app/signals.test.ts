import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("programs/ending.ts", import.meta.url));

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Runs the program; `until` tells what to do once it has said something. */
async function end(way: string, said: string, act: (child: ChildProcess) => void): Promise<Ending> {
  const env = { ...process.env, NODE_ENV: "production", HOST: "", PORT: "" };
  const child = spawn(process.execPath, ["--conditions=kilnjs-source", program, way], { env });
  let output = "";
  let acted = false;
  const hear = (chunk: Buffer): void => {
    output += String(chunk);
    if (acted || !output.includes(said)) return;
    acted = true;
    act(child);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const [code, signal] = await once(child, "close");
  return { code, signal, output };
}

const terminate = (child: ChildProcess): void => void child.kill("SIGTERM");

for (const [way, logged] of [
  ["hangs while it closes", "resource_close_overdue"],
  ["has a plugin that fails", "plugin_close_failed"],
  ["has a plugin that hangs", "plugin_close_overdue"],
] as const) {
  test(`an app that ${way} says so, closes the rest and ends by its signal`, async () => {
    const { signal, output } = await end(way, "listening", terminate);
    assert.equal(signal, "SIGTERM", output);
    assert.match(output, new RegExp(logged));
    assert.match(output, /first closed/);
    assert.match(output, /shut_down/);
  });
}

test("a second signal forces the end, also while a resource hangs as it opens", async () => {
  const { signal } = await end("hangs while it opens", "opening", (child) => {
    terminate(child);
    child.kill("SIGINT");
  });
  assert.ok(signal === "SIGTERM" || signal === "SIGINT");
});

test("errors that come in a swarm wait for the same clean-ups, and each is logged", async () => {
  const { code, output } = await end("rejects twice", "listening", () => undefined);
  assert.equal(code, 1, output);
  for (const text of ["second closed", "first closed", '"one"', '"two"', "shut_down"])
    assert.ok(output.includes(text), text);
});

test("an error that escapes during the start is shown, and what has opened is closed", async () => {
  const { code, output } = await end("fails beside its start", "opening", () => undefined);
  assert.equal(code, 1, output);
  assert.match(output, /beside the start/);
  assert.match(output, /first closed/);
});
