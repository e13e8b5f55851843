// The clients, in a process of their own. `/hello` is asked by the clock, whether or not the answers before have come (an open
// loop): a server that stands still does not get fewer questions, and each is timed from when it was due.
import { Agent, get } from "node:http";

/** What the bench asks for. */
export interface LoadRequest {
  readonly url: string;
  readonly seconds: number;
  readonly helloPerSecond: number;
  readonly burners: number;
}

/** What was measured; times in milliseconds. */
export interface LoadResult {
  /** From when each `/hello` was due until its answer was whole; one that never came counts as the time that was waited. */
  readonly hello: readonly number[];
  /** `/hello` that were answered wrongly or not at all. */
  readonly bad: number;
  /** How late the questions themselves went out: what the loader adds. */
  readonly late: readonly number[];
  /** Answered `/burn`, and for how long they were asked for. */
  readonly burns: number;
  readonly badBurns: number;
  readonly elapsed: number;
}

/** How long answers are waited for after the last question, in milliseconds. */
const patience = 30_000;

function ask(agent: Agent, url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, signal }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve(`${answer.statusCode} ${text}`));
      answer.on("error", reject);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      // A server that stood still may close a connection that it takes for idle. Clients try again; the time goes on.
      if (request.reusedSocket && error.code === "ECONNRESET") resolve(ask(agent, url, signal));
      else reject(error);
    });
  });
}

async function load({ url, seconds, helloPerSecond, burners }: LoadRequest): Promise<LoadResult> {
  const helloAgent = new Agent({ keepAlive: true });
  const burnAgent = new Agent({ keepAlive: true, maxSockets: burners });
  const end = new AbortController();
  const hello: number[] = [];
  const late: number[] = [];
  let bad = 0;
  let burns = 0;
  let badBurns = 0;
  const startedAt = performance.now();
  const lasts = startedAt + seconds * 1000;

  async function askHello(due: number): Promise<void> {
    late.push(performance.now() - due);
    const answer = await ask(helloAgent, `${url}/hello`, end.signal).catch(String);
    hello.push(performance.now() - due);
    if (answer !== '200 {"hello":"world"}') bad += 1;
  }

  async function keepBurning(): Promise<void> {
    while (performance.now() < lasts) {
      const answer = await ask(burnAgent, `${url}/burn`, end.signal).catch(String);
      if (answer.startsWith('200 {"burned":')) burns += 1;
      else badBurns += 1;
    }
  }

  async function keepAsking(): Promise<void> {
    const interval = 1000 / helloPerSecond;
    const asked: Promise<void>[] = [];
    for (let due = startedAt; due < lasts; due += interval) {
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      asked.push(askHello(due));
    }
    await Promise.all(asked);
  }

  const giveUp = setTimeout(() => end.abort(), seconds * 1000 + patience);
  const burning = Promise.all(Array.from({ length: burners }, keepBurning)).then(() => performance.now() - startedAt);
  await keepAsking();
  const elapsed = await burning;
  clearTimeout(giveUp);
  helloAgent.destroy();
  burnAgent.destroy();
  return { hello, bad, late, burns, badBurns, elapsed };
}

process.once("message", (request: LoadRequest) => {
  void load(request).then((result) => process.send?.(result, () => process.disconnect()));
});
