import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { KilnError } from "../../errors/kiln-error.ts";

/** A request that the load consists of. */
export interface LoadRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What the app answered. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** Whether it came to its end in time. */
  readonly whole: boolean;
}

/** As people see it, `POST /articles`. */
export function shown({ method, path }: LoadRequest): string {
  return `${method} ${path}`;
}

function textOf(response: IncomingMessage, most: number): Promise<{ text: string; whole: boolean }> {
  return new Promise((resolve) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      if (text.length < most) text += chunk;
    });
    response.on("end", () => resolve({ text, whole: true }));
    // Cut off by the app, or by the time that it had.
    response.on("close", () => resolve({ text, whole: false }));
    response.on("error", () => resolve({ text, whole: false }));
  });
}

function begin(url: URL, { method, headers }: LoadRequest, signal: AbortSignal): ClientRequest {
  const length = { "user-agent": "kiln tune", ...headers };
  // On loopback, and of a server that this command has started: its certificate is for another name.
  if (url.protocol === "https:")
    return httpsRequest(url, { method, headers: length, rejectUnauthorized: false, signal });
  return httpRequest(url, { method, headers: length, signal });
}

/** Asks once, for at most so many milliseconds. */
export async function ask(base: string, request: LoadRequest, patience = 30_000): Promise<Answer> {
  const signal = AbortSignal.timeout(patience);
  const client = begin(new URL(request.path, base), request, signal);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    client.once("response", resolve).once("error", reject).end(request.body);
  });
  const { text, whole } = await textOf(response, 4_096);
  return { status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text, whole };
}

/** Enough of an answer to see what is wrong. */
const shownLength = 500;

/** The end of a run, because what is measured would not be the work of the route. */
export function answerError(what: string, status: number, text: string): KilnError {
  const answer = text.length > shownLength ? `${text.slice(0, shownLength)}...` : text;
  const isBusy = status === 503 || status === 429;
  return new KilnError("KILN_TUNE_ANSWER", {
    where: "kiln tune",
    what,
    why: `was answered with ${status}: ${answer === "" ? "(no body)" : answer.trim()}`,
    fix: isBusy
      ? "It refuses what is too much for it: load it with fewer --connections, or raise the limit that refuses"
      : "Give the route what it needs with --body and --header, or name another with --route; only answers of 2xx are measured",
  });
}

/** Asks for each once. */
export async function checkAnswers(base: string, requests: readonly LoadRequest[]): Promise<void> {
  for (const request of requests) {
    const { status, text } = await ask(base, request);
    if (status < 200 || status > 299) throw answerError(shown(request), status, text);
  }
}
