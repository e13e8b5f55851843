import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { background, currentSignal, type KilnError, kiln, ServerClosing } from "kilnjs";
import { testApp } from "kilnjs/testing";

const program = fileURLToPath(new URL("programs/tasks.ts", import.meta.url));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

interface Running {
  readonly url: string;
  output(): string;
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<NodeJS.Signals | null>;
}

async function start(grace: number): Promise<Running> {
  const env = { ...process.env, NODE_ENV: "production", HOST: "", PORT: "" };
  const child = spawn(process.execPath, ["--conditions=kilnjs-source", program, String(grace)], { env });
  children.add(child);
  let output = "";
  let closed = false;
  const ended = once(child, "close").then(([, signal]) => {
    closed = true;
    child.emit("said");
    return signal as NodeJS.Signals | null;
  });
  child.stdout.on("data", (chunk: Buffer) => {
    output += String(chunk);
    child.emit("said");
  });
  const said = async (text: string): Promise<void> => {
    while (!output.includes(text)) {
      assert.equal(closed, false, `it ended before it said "${text}":\n${output}`);
      await once(child, "said");
    }
  };
  await said("listening on");
  const url = /listening on (\S+)/.exec(output)?.[1] ?? "";
  return { url, output: () => output, said, kill: (signal) => void child.kill(signal), ended };
}

interface Line {
  readonly message?: string;
  readonly [field: string]: unknown;
}

function linesOf(output: string): Line[] {
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Line);
}

test("SIGTERM lets tasks finish, and those that they add, before resources close", async () => {
  const running = await start(20_000);
  assert.equal((await fetch(`${running.url}/quick`)).status, 200);
  await running.said("chain 5");
  running.kill("SIGTERM");
  assert.equal(await running.ended, "SIGTERM");
  assert.match(running.output(), /chain 0/);
  assert.doesNotMatch(running.output(), /cut_off/);
});

test("what the grace cuts off is told, named and counted, and the process ends by its signal", async () => {
  const running = await start(100);
  assert.equal((await fetch(`${running.url}/stuck`)).status, 200);
  await running.said("stubborn began");
  running.kill("SIGTERM");
  assert.equal(await running.ended, "SIGTERM");
  const output = running.output();
  const cutOff = linesOf(output).filter(({ message }) => message === "background_tasks_cut_off");
  assert.deepEqual(
    cutOff.map(({ task, count, waiting }) => ({ task, count, waiting })),
    [
      { task: "obedient", count: 1, waiting: 0 },
      { task: "stubborn", count: 1, waiting: 0 },
      { task: "mail", count: 2, waiting: 2 },
    ],
  );
  assert.match(output, /obedient told: server_closing/);
  assert.doesNotMatch(output, /mail sent/);
  assert.match(output, /store closed/);
});

test("a second signal ends at once, and what it cuts off is named and counted all the same", async () => {
  const running = await start(20_000);
  await fetch(`${running.url}/stuck`);
  await running.said("stubborn began");
  running.kill("SIGTERM");
  await running.said("shutting_down");
  running.kill("SIGTERM");
  assert.equal(await running.ended, "SIGTERM");
  const cutOff = linesOf(running.output()).filter(({ message }) => message === "background_tasks_cut_off");
  assert.deepEqual(
    cutOff.map(({ task, count }) => `${count} ${String(task)}`),
    ["1 obedient", "1 stubborn", "2 mail"],
  );
  assert.doesNotMatch(running.output(), /store closed/);
});

test("SIGKILL loses what was pending, as the docs say: that is what jobs are for", async () => {
  const running = await start(20_000);
  await fetch(`${running.url}/stuck`);
  await running.said("stubborn began");
  running.kill("SIGKILL");
  assert.equal(await running.ended, "SIGKILL");
  assert.doesNotMatch(running.output(), /mail sent|cut_off/);
});

test("a task that the grace has cut off cannot begin another in silence", async () => {
  const reasons: unknown[] = [];
  const app = kiln({ title: "after the grace" });
  app.get("/", { needs: { background } }, ({ background }) => {
    async function last(): Promise<void> {
      const signal = currentSignal();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      reasons.push(signal.reason);
      background.add(function onwards() {
        assert.fail("must not run");
      });
    }
    background.add(last);
    return 1;
  });
  const t = await testApp(app, { shutdown: { grace: 20 } });
  await t.get("/");
  await assert.rejects(t.close(), (error: KilnError) => error.code === "KILN_TEST_LEAK");
  assert.ok(reasons[0] instanceof ServerClosing);
  const cutOff = t.logs.filter("background_tasks_cut_off").map(({ task }) => task);
  assert.deepEqual(cutOff, ["last", "onwards"]);
});
