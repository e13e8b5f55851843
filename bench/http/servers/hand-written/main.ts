// The same by hand on node:http, with everything on: Kiln's logger, checks in Zod. What a framework costs is the difference.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { requestCompleted, requestReceived } from "../../../../src/logging/access.ts";
import { runFor } from "../../../../src/logging/context.ts";
import { createLogger } from "../../../../src/logging/create-logger.ts";
import type { Logger } from "../../../../src/logging/logger.ts";
import { acceptRequestId } from "../../../../src/logging/request-id.ts";
import { host, port, production } from "../shared/environment.ts";
import { readJson } from "./body.ts";
import { HttpError, type Route, routeOf } from "./routes.ts";

const log = createLogger({ production: true, service: "bench", environment: "production" });

function fail(response: ServerResponse, error: unknown): void {
  const { status, problem } =
    error instanceof HttpError ? error : { status: 500, problem: { title: "Internal error" } };
  const text = JSON.stringify(problem);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

async function serve(request: IncomingMessage, response: ServerResponse, found: Found, log?: Logger): Promise<void> {
  try {
    const { route, id, query } = found;
    if (route === undefined) throw new HttpError(404, { title: "Nothing is here" });
    const body = request.method === "POST" ? await readJson(request) : undefined;
    const result = route.handle({ id, query, body, authorization: request.headers.authorization, log });
    const value = result instanceof Promise ? await result : result;
    const text = route.type === "html" ? (value as string) : JSON.stringify(value);
    response.writeHead(route.status ?? 200, {
      "content-type": route.type === "html" ? "text/html; charset=utf-8" : "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(text),
    });
    response.end(text);
  } catch (error) {
    fail(response, error);
  }
}

interface Found {
  readonly route: Route | undefined;
  readonly id: string | undefined;
  readonly query: string | undefined;
}

function logged(request: IncomingMessage, response: ServerResponse): void {
  const started = performance.now();
  const requestId = acceptRequestId(request.headers["x-request-id"]);
  const requestLog = log.forRequest(requestId);
  const method = request.method ?? "";
  const path = request.url ?? "";
  response.setHeader("x-request-id", requestId);
  requestReceived(requestLog, { method, path });
  const found = routeOf(method, path);
  response.once("close", () => {
    const duration_ms = performance.now() - started;
    const { statusCode: status_code } = response;
    requestCompleted(requestLog, { method, path, route: found.route?.path, status_code, duration_ms });
  });
  void runFor({ kind: "request", log: requestLog }, () => serve(request, response, found, requestLog));
}

createServer((request, response) => {
  if (production) logged(request, response);
  else void serve(request, response, routeOf(request.method ?? "", request.url ?? ""));
}).listen(port, host);
