import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type { Outgoing } from "./client-request.ts";
import { createResponse, type HeaderPairs, type TestResponse } from "./response.ts";

/** A way to reach a running app. */
export interface Transport {
  /** Undefined in process. */
  readonly url: string | undefined;
  send(request: Outgoing): Promise<TestResponse>;
  /** Call it once the app is closed: waits for the answers that are still on their way, and lets go of connections. */
  close(): Promise<void>;
}

function nameOf(request: Outgoing): string {
  return `${request.method} ${request.target}`;
}

function* pairsOf(headers: Readonly<Record<string, unknown>>): HeaderPairs {
  for (const [name, value] of Object.entries(headers)) {
    for (const item of [value].flat()) if (item !== undefined) yield [name, String(item)];
  }
}

/** Calls the app without a network: the whole HTTP layer of Kiln runs, the kernel's does not. */
export function inProcess(instance: FastifyInstance): Transport {
  return {
    url: undefined,
    send: async (request) => {
      const { method, target, headers, body, signal } = request;
      const answer = await instance.inject({
        // Any method may be tried, also one that Fastify's type does not list; the app answers it.
        method: method as "GET",
        url: target,
        headers: { ...headers },
        ...(body === undefined ? {} : { payload: Buffer.from(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return createResponse(nameOf(request), answer.statusCode, pairsOf(answer.headers), answer.rawPayload);
    },
    close: async () => {},
  };
}

function* rawPairs(raw: readonly string[]): HeaderPairs {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] ?? "", raw[i + 1] ?? ""];
}

async function readAnswer(request: Outgoing, message: IncomingMessage): Promise<TestResponse> {
  const chunks: Uint8Array[] = [];
  // A message without an encoding gives bytes.
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  return createResponse(nameOf(request), message.statusCode ?? 0, rawPairs(message.rawHeaders), Buffer.concat(chunks));
}

function sendOver(agent: Agent, origin: URL, request: Outgoing): Promise<TestResponse> {
  const { method, target, headers, body, signal } = request;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      agent,
      host: origin.hostname,
      port: origin.port,
      method,
      path: target,
      headers: body === undefined ? headers : { "content-length": String(body.byteLength), ...headers },
      ...(signal === undefined ? {} : { signal }),
    });
    sent.once("error", reject);
    sent.once("response", (message: IncomingMessage) => readAnswer(request, message).then(resolve, reject));
    sent.end(body);
  });
}

/**
 * Calls the app over a real port with Node's own client, which sends paths and headers exactly as the test wrote them
 * (`fetch` would mend them) and keeps connections alive between requests.
 */
export async function overSocket(instance: FastifyInstance): Promise<Transport> {
  const url = await instance.listen({ port: 0, host: "127.0.0.1" });
  const origin = new URL(url);
  const agent = new Agent({ keepAlive: true });
  const pending = new Set<Promise<TestResponse>>();
  return {
    url,
    send: (request) => {
      const answer = sendOver(agent, origin, request);
      pending.add(answer);
      const done = (): boolean => pending.delete(answer);
      answer.then(done, done);
      return answer;
    },
    close: async () => {
      await Promise.allSettled(pending);
      agent.destroy();
    },
  };
}
