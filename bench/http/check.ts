// Whether a server does what it is measured for: right answers, bad input refused, and in production its id and its lines.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "./server.ts";
import { type Answer, type Asked, furtherAnswers, type Workload, workloads } from "./workloads.ts";

async function ask({ port }: Server, { method, path, headers = {}, body }: Asked): Promise<Answer> {
  const init = body === undefined ? { method, headers } : { method, headers, body };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** Asks for a workload once. @throws when the answer is not the right one */
export async function checkAnswer(server: Server, workload: Workload): Promise<Answer> {
  const answer = await ask(server, workload.asked);
  assert.equal(answer.status, workload.status, answer.text);
  assert.ok(answer.headers.get("content-type")?.startsWith(workload.type), "the content type");
  workload.verify(answer);
  return answer;
}

async function checkRefusals(server: Server, { refusals }: Workload): Promise<void> {
  for (const { statuses, ...asked } of refusals) {
    const { status, text } = await ask(server, asked);
    const what = `${asked.method} ${asked.path} ${asked.body ?? ""}: ${status} ${text}`;
    assert.ok(statuses.includes(status), what);
  }
}

function linesWith(output: string, id: string): string[] {
  return output.split("\n").filter((line) => line.includes(id));
}

/** Two lines of the request and one of the handler, all of them JSON with the id that the client got. */
async function checkLines(server: Server, { headers }: Answer, name: string): Promise<void> {
  const id = headers.get("x-request-id") ?? "";
  assert.ok(id.length >= 16, `${name} has an id in its head`);
  for (let wait = 0; wait < 200 && linesWith(server.output(), id).length < 3; wait += 1) await sleep(5);
  const lines = linesWith(server.output(), id);
  assert.equal(lines.length, 3, `${name} has three lines:\n${lines.join("\n")}`);
  for (const line of lines) assert.equal(typeof JSON.parse(line), "object");
  const [received = "", handled = "", completed = ""] = lines;
  assert.match(received, /"GET"|"POST"/, "the first has the method");
  assert.match(handled, /"handled"/, "the second is the handler's");
  assert.match(completed, /: ?20[01]\b/, "the third has the status");
}

async function checkWorkload(server: Server, workload: Workload): Promise<void> {
  const answer = await checkAnswer(server, workload);
  if (server.contender.refuses) await checkRefusals(server, workload);
  if (server.mode === "production") await checkLines(server, answer, workload.name);
  else if (server.contender.name !== "kiln") assert.equal(answer.headers.get("x-request-id"), null, "bare has no id");
}

/** Checks everything, of a server whose output the bench reads. @throws when something is wrong */
export async function checkServer(server: Server): Promise<void> {
  for (const workload of workloads) {
    try {
      await checkWorkload(server, workload);
    } catch (cause) {
      throw new Error(`${server.contender.name} (${server.mode}) fails at ${workload.name}`, { cause });
    }
  }
  for (const [asked, verify] of furtherAnswers) verify(await ask(server, asked));
  if (server.mode === "bare") assert.equal(server.output(), "", `${server.contender.name} (bare) writes nothing`);
}
