import { type App, appRecord } from "../app/app.ts";
import { addressOf, docsUrls, type ListenOptions, schemeOf } from "../app/listen.ts";
import type { RunningApp } from "../app/start.ts";
import type { PlainLogging, Ready, WorkerOrder } from "./messages.ts";

/** What of an app's logging another process can be told. */
function plainLogging(app: App): PlainLogging {
  const { title, logging = {} } = app[appRecord].options;
  const { level, format, destination, service = title } = logging;
  return {
    service,
    ...(level === undefined ? {} : { level }),
    ...(format === undefined ? {} : { format }),
    ...(typeof destination === "object" || destination === undefined ? {} : { destination }),
  };
}

/** What a worker says of its app once that is open. */
export function describeReady(app: App, running: RunningApp, listen: ListenOptions): Ready {
  const { options } = app[appRecord];
  const { drainDelay = 0, grace = 30_000, close = 10_000 } = options.shutdown ?? {};
  return {
    title: options.title,
    version: options.version ?? "0.0.0",
    address: addressOf(app[appRecord], running, listen),
    scheme: schemeOf(running),
    logging: plainLogging(app),
    // Each resource has `close` for itself; few need their whole time, and two that do are rare.
    budget: drainDelay + grace + 2 * close,
    docs: Object.keys(docsUrls(running, "")),
  };
}

/** The part of an order that says where to listen. */
export function listenOptionsOf({ port, host, path, fd }: WorkerOrder): ListenOptions {
  return {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path }),
    ...(fd === undefined ? {} : { fd }),
  };
}
