import type { AddressInfo } from "node:net";
import type { FastifyListenOptions } from "fastify";
import type { AdminOptions } from "../admin/options.ts";
import type { Admin } from "../admin/server.ts";
import type { TransportOptions } from "../http/tls.ts";
import type { AppRecord } from "./app.ts";
import { isProduction } from "./environment.ts";
import { onSignals } from "./signals.ts";
import { type RunningApp, startApp } from "./start.ts";
import { removeStaleSocket } from "./unix-socket.ts";

/** Where to listen. */
export interface ListenOptions extends TransportOptions {
  /** Default: the environment's `PORT`, else the setting `port`, else 8000. 0 takes any free one. */
  readonly port?: number;
  /** Default: the environment's `HOST`, else the setting `host`, else 127.0.0.1 (0.0.0.0 in production). */
  readonly host?: string;
  /** A Unix socket to listen on, instead of an address of the network. */
  readonly path?: string;
  /** A listening socket that this process has inherited, such as 3 from systemd, instead of one of its own. */
  readonly fd?: number;
  /** Whether jobs run in this process; otherwise they are only enqueued. Default: false in production. */
  readonly jobs?: boolean;
  /** A port for metrics, health with details and `kiln status`. Default: none; `kiln start` has one. */
  readonly admin?: AdminOptions;
  /** Whether SIGTERM, SIGINT and uncaught errors end the app in order. Default true. */
  readonly signals?: boolean;
}

/** An address of the network, a Unix socket, or an inherited descriptor. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
  | { readonly fd: number };

/** A served app. */
export interface Listening {
  /** For example `http://127.0.0.1:8000`, or `unix:/run/app.sock`. */
  readonly url: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Of the admin port, where there is one. */
  readonly adminUrl: string | undefined;
  /** The shutdown sequence. */
  close(): Promise<void>;
}

function settingsOf(record: AppRecord, running: RunningApp): Readonly<Record<string, unknown>> {
  const { settings } = record.options;
  const values = settings === undefined ? undefined : running.values.get(settings);
  return typeof values === "object" && values !== null ? { ...values } : {};
}

function portFrom(record: AppRecord, running: RunningApp, options: ListenOptions): number {
  const { port } = settingsOf(record, running);
  const fromEnvironment = Number(process.env.PORT);
  if (options.port !== undefined) return options.port;
  // Set to nothing is not set: as a number it would be 0, which is any port.
  if (process.env.PORT && Number.isInteger(fromEnvironment)) return fromEnvironment;
  return typeof port === "number" ? port : 8000;
}

function hostFrom(record: AppRecord, running: RunningApp, options: ListenOptions): string {
  const { host } = settingsOf(record, running);
  // In a container, loopback would be out of reach; on a developer's machine, the network would be within it.
  const usual = isProduction(running.env) ? "0.0.0.0" : "127.0.0.1";
  return options.host ?? (process.env.HOST || undefined) ?? (typeof host === "string" ? host : usual);
}

/** Where an app is to listen: what was asked for, else what the environment and its settings say. */
export function addressOf(record: AppRecord, running: RunningApp, options: ListenOptions): ListenAddress {
  const { path, fd } = options;
  if (fd !== undefined) return { fd };
  if (path !== undefined) return { path };
  return { port: portFrom(record, running, options), host: hostFrom(record, running, options) };
}

/** The part of the options that says how connections are spoken to. */
function transportOf({ tls, http2 }: TransportOptions): TransportOptions {
  return { ...(tls === undefined ? {} : { tls }), ...(http2 === undefined ? {} : { http2 }) };
}

/** What a running app speaks. */
export function schemeOf({ fastify }: RunningApp): "http" | "https" {
  return "setSecureContext" in fastify.server ? "https" : "http";
}

function fastifyAddress(address: ListenAddress): FastifyListenOptions {
  if (!("fd" in address)) return { ...address };
  // Fastify hands what it does not know on to Node. Without a host it would listen to the other address of localhost too.
  return { ...address, host: "0.0.0.0" } as FastifyListenOptions;
}

/** What people can open, from what a server says of its address. */
export function urlOf(found: AddressInfo | string, scheme: "http" | "https" = "http"): string {
  if (typeof found === "string") return `unix:${found}`;
  const { address, port, family } = found;
  const any = address === "0.0.0.0" || address === "::";
  const host = any ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return `${scheme}://${host}:${port}`;
}

/** Where the docs are, when they are served. */
export function docsUrls({ routes }: RunningApp, url: string): Readonly<Record<string, string>> {
  const shown = ["docs", "redoc"].filter((name) => routes.some(({ path }) => path === `/${name}`));
  return Object.fromEntries(shown.map((name) => [name, `${url}/${name}`]));
}

async function openAdminPort(
  record: AppRecord,
  running: RunningApp,
  url: string,
  options: AdminOptions | undefined,
): Promise<Admin | undefined> {
  if (options === undefined) return undefined;
  const { openAppAdmin } = await import("./admin.ts");
  return openAppAdmin(record, running, url, options);
}

/** Starts an app and serves it; see `App.listen`. */
export async function listen(record: AppRecord, options: ListenOptions = {}): Promise<Listening> {
  const started = performance.now();
  const transport = transportOf(options);
  const starting = startApp(record, { ...(options.jobs === undefined ? {} : { jobs: options.jobs }), transport });
  const release = options.signals === false ? () => undefined : onSignals(starting);
  try {
    const running = await starting;
    const wanted = addressOf(record, running, options);
    if ("path" in wanted) await removeStaleSocket(wanted.path);
    await running.fastify.listen(fastifyAddress(wanted));
    // A server that listens has one.
    const address = running.fastify.server.address() as AddressInfo | string;
    const url = urlOf(address, schemeOf(running));
    const startup_ms = Math.round(performance.now() - started);
    running.log.info({ url, ...docsUrls(running, url), startup_ms }, "ready");
    running.stallWatch.start();
    const admin = await openAdminPort(record, running, url, options.admin);
    const close = async (): Promise<void> => {
      await running.close();
      // Last, so that it tells of the end as well.
      await admin?.close();
      release();
    };
    return { url, port: typeof address === "string" ? 0 : address.port, adminUrl: admin?.url, close };
  } catch (error) {
    release();
    await starting.then(
      (running) => running.close(),
      () => undefined,
    );
    throw error;
  }
}
