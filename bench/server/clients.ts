// Two clients with 64 keep-alive connections each that know which worker a connection belongs to, and whose requests are lost.
import { Agent, get } from "node:http";
import { setTimeout } from "node:timers/promises";
import autocannon from "autocannon";

export const connections = 64;
/** As long as autocannon waits for an answer. */
const patience = 10_000;

/** A request as one connection saw it. */
export interface Asked {
  /** The worker that the connection belonged to when it was sent; 0 for a connection that had had no answer yet. */
  readonly pid: number;
  readonly sentAt: number;
  readonly took: number;
  /** "ok", or what went wrong. */
  readonly outcome: string;
}

/** What has become of all of them. */
export interface Outcome {
  readonly answers: number;
  /** Those without a good answer, by the worker that their connection belonged to. */
  readonly failures: readonly { readonly pid: number; readonly reason: string }[];
  readonly asked: readonly Asked[];
  /** More to know. */
  readonly note: string;
}

export interface Clients {
  /** Requests that are under way on connections of this worker. */
  underWay(pid: number): number;
  stop(): Promise<Outcome>;
}

export type StartClients = (url: string) => Clients;

function pidOf(text: string): number {
  return Number(/"pid":\s*(\d+)/.exec(text)?.[1] ?? 0);
}

/**
 * A request of Node's client: what became of it, and who answered.
 *
 * @param onConnection told whether it goes over a connection that had an answer before
 */
export function ask(
  url: string,
  agent: Agent | false,
  onConnection: (isKnown: boolean) => void = () => {},
): Promise<{ outcome: string; pid: number }> {
  return new Promise((resolve) => {
    const headers = agent === false ? { headers: { connection: "close" } } : {};
    const request = get(url, { agent, ...headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("end", () =>
        resolve({
          outcome: response.statusCode === 200 ? "ok" : `status ${response.statusCode}`,
          pid: pidOf(text),
        }),
      );
      response.on("error", (error) => resolve({ outcome: `answer cut: ${error.message}`, pid: 0 }));
    });
    request.on("socket", () => onConnection(request.reusedSocket));
    request.setTimeout(patience, () => request.destroy(new Error(`no answer in ${patience / 1000} s`)));
    request.on("error", (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? error.message, pid: 0 }));
  });
}

/** One connection after the other of Node's client. */
class Slot {
  /** The worker that its connection belongs to, as far as that is known. */
  pid = 0;
  waiting = false;
  readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  async ask(url: string): Promise<Asked> {
    const sentAt = performance.now();
    this.waiting = true;
    const answer = await ask(url, this.agent, (isKnown) => {
      if (!isKnown) this.pid = 0;
    });
    this.waiting = false;
    const { pid } = this;
    this.pid = answer.pid;
    return { pid, sentAt, took: performance.now() - sentAt, outcome: answer.outcome };
  }
}

/** Node's client, which does what `connection: close` says; between two requests it pauses for up to so long. */
export function nodeClients(url: string, pause = 0): Clients {
  const asked: Asked[] = [];
  const slots = Array.from({ length: connections }, () => new Slot());
  let over = false;
  const run = async (slot: Slot): Promise<void> => {
    while (!over) {
      asked.push(await slot.ask(url));
      if (pause > 0) await setTimeout(Math.random() * pause);
    }
  };
  const running = slots.map(run);
  return {
    underWay: (pid) => slots.filter((slot) => slot.waiting && slot.pid === pid).length,
    stop: async () => {
      over = true;
      await Promise.all(running);
      for (const { agent } of slots) agent.destroy();
      const failed = asked.filter(({ outcome }) => outcome !== "ok");
      const failures = failed.map(({ pid, outcome }) => ({ pid, reason: outcome }));
      return { answers: asked.length - failed.length, failures, asked, note: "" };
    },
  };
}

/**
 * autocannon, which asks without a pause and does not heed `connection: close`: what it sends on such a connection gets
 * no answer, and is counted apart. It does not count a request whose connection ends without an answer as an error, so
 * that is done here.
 */
export function autocannonClients(url: string): Clients {
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const clients: { pid: number; open: number; closing: boolean }[] = [];
  const failures: { pid: number; reason: string }[] = [];
  let afterClose = 0;
  let stopping = false;
  const setupClient = (client: autocannon.Client): void => {
    const state = { pid: 0, open: 0, closing: false };
    clients.push(state);
    // One request is sent: an event that the types of a client do not have.
    const events: NodeJS.EventEmitter = client;
    events.on("request", () => {
      if (stopping) return;
      // The one before has had no answer.
      if (state.open > 0 && state.closing) afterClose += 1;
      else if (state.open > 0) failures.push({ pid: state.pid, reason: "no answer" });
      if (state.open > 0) state.closing = false;
      state.open = 1;
    });
    client.on("headers", (said) => (state.closing = /close/i.test(connectionHeader(said))));
    client.on("body", (body) => (state.pid = pidOf(body.toString())));
    client.on("response", (status) => {
      state.open = 0;
      if (status !== 200) failures.push({ pid: state.pid, reason: `status ${status}` });
    });
  };
  const instance = autocannon({ url, connections, duration: 600, setupClient }, (error, result) =>
    error ? reject(error) : resolve(result),
  );
  return {
    underWay: (pid) => clients.filter((state) => state.open > 0 && state.pid === pid).length,
    stop: async () => {
      stopping = true;
      instance.stop();
      const { requests, errors, timeouts } = await promise;
      const note = `autocannon itself: errors ${errors}, timeouts ${timeouts}; sent after "connection: close": ${afterClose}`;
      return { answers: requests.total, failures, asked: [], note };
    },
  };
}

/** autocannon gives what its parser has: the headers as a flat list. */
function connectionHeader(said: unknown): string {
  if (typeof said !== "object" || said === null || !("headers" in said) || !Array.isArray(said.headers)) return "";
  const { headers } = said;
  const at = headers.findIndex((name, index) => index % 2 === 0 && String(name).toLowerCase() === "connection");
  return at === -1 ? "" : String(headers[at + 1]);
}
