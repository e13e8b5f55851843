import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KilnError } from "../errors/kiln-error.ts";
import type { Logger } from "../logging/logger.ts";
import { expose } from "../metrics/exposition.ts";
import type { Family } from "../metrics/family.ts";
import { createHostCheck } from "./host-check.ts";
import { type AdminOptions, defaultAdminHost, defaultAdminPort } from "./options.ts";
import type { HealthDetails, Status } from "./status.ts";

/** What the admin port tells; one process of its own, or a supervisor for all. */
export interface AdminSource {
  /** The metrics of every process. */
  metrics(): Promise<readonly (readonly Family[])[]>;
  health(): Promise<HealthDetails>;
  status(): Promise<Status>;
}

/** An open admin port. */
export interface Admin {
  /** For example `http://127.0.0.1:9464`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const index = "GET /metrics, /health/live, /health/ready, /status\n";

function plain(status: number, text: string): Page {
  return { status, type: "text/plain; charset=utf-8", text };
}

function json(status: number, value: unknown): Page {
  return { status, type: "application/json; charset=utf-8", text: `${JSON.stringify(value)}\n` };
}

async function metricsPage(source: AdminSource): Promise<Page> {
  try {
    const { contentType, text } = await expose(await source.metrics());
    return { status: 200, type: contentType, text };
  } catch (error) {
    if (error instanceof KilnError && error.code === "KILN_PEER_MISSING") return plain(501, `${error.message}\n`);
    throw error;
  }
}

async function pageOf(source: AdminSource, path: string): Promise<Page> {
  switch (path) {
    case "/":
      return plain(200, index);
    case "/metrics":
      return metricsPage(source);
    case "/health/live":
      return json(200, { status: "pass" });
    case "/health/ready": {
      const { ready, workers } = await source.health();
      return json(ready ? 200 : 503, { status: ready ? "pass" : "fail", workers });
    }
    case "/status":
      return json(200, await source.status());
    default:
      return plain(404, index);
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, text }: Page): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

function createAnswer(
  source: AdminSource,
  options: AdminOptions,
  log: () => Logger,
): (request: IncomingMessage, response: ServerResponse) => void {
  const isAllowed = createHostCheck(options.hosts);
  const answer = async (request: IncomingMessage): Promise<Page> => {
    if (!isAllowed(request.headers.host)) return plain(421, "This host is not served here; see docs/metrics.md\n");
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, index);
    return pageOf(source, (request.url ?? "/").replace(/\?.*$/, ""));
  };
  return (request, response) => {
    answer(request).then(
      (page) => send(request, response, page),
      (error: unknown) => {
        log().error({ err: error, path: request.url }, "admin_failed");
        send(request, response, plain(500, "It failed; the log says why\n"));
      },
    );
  };
}

function listenError(error: unknown, host: string, port: number): KilnError {
  const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  return new KilnError("KILN_ADMIN_LISTEN", {
    where: "the admin port",
    what: `${host}:${port}`,
    why: taken ? "is taken by another process" : `cannot be listened on: ${String(error)}`,
    fix: "Choose another with --admin-port and --admin-host, or have none with --no-admin",
    cause: error,
  });
}

async function listening(server: Server, port: number, host: string): Promise<AddressInfo> {
  server.listen({ port, host });
  await once(server, "listening");
  // A server that listens on a port has an address of this kind.
  return server.address() as AddressInfo;
}

/**
 * Opens the admin port: metrics, health with its details, and what `kiln status` reads. It tells much and asks nobody who
 * they are, so it is on loopback unless told otherwise, and keeps neither the process nor its end waiting.
 *
 * @param source what it tells
 * @param options see {@link AdminOptions}
 * @param log the log of this moment; a supervisor changes its own
 * @returns the port; undefined when it is taken and optional
 * @throws KilnError KILN_ADMIN_LISTEN
 */
export async function openAdmin(
  source: AdminSource,
  options: AdminOptions,
  log: () => Logger,
): Promise<Admin | undefined> {
  const { port = defaultAdminPort, host = defaultAdminHost, optional = false } = options;
  const server = createServer(createAnswer(source, options, log));
  // Few come here, and none of them sends a body.
  server.maxConnections = 64;
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  try {
    const address = await listening(server, port, host);
    server.unref();
    server.on("connection", (socket) => socket.unref());
    const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
    const url = `http://${shown}:${address.port}`;
    log().info({ url }, "admin_listening");
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { url, port: address.port, close };
  } catch (error) {
    const failure = listenError(error, host, port);
    if (!optional) throw failure;
    log().warn({ reason: failure.message }, "admin_port_taken");
    return undefined;
  }
}
