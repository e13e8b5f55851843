import { InvalidArgumentError } from "commander";
import type { AdminOptions } from "../admin/options.ts";
import type { ListenOptions } from "../app/listen.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { ServeOptions } from "./main.ts";

/** What `kiln start` may be told. */
export interface StartOptions extends ServeOptions {
  readonly workers?: number | "auto";
  readonly jobs?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Seconds. */
  readonly readyTimeout?: number;
  readonly maxRequests?: number;
  readonly maxRequestsJitter?: number;
  /** Megabytes. */
  readonly maxMemory?: number;
  /** Seconds. */
  readonly linger?: number;
  /** False for no admin port. */
  readonly admin?: boolean;
  readonly adminPort?: number;
  readonly adminHost?: string;
  readonly adminName?: readonly string[];
}

/** The admin port that is asked for. Where its number is nobody's choice, a second app on a machine goes without. */
export function adminOptions({ admin, adminPort, adminHost, adminName }: StartOptions): AdminOptions | undefined {
  if (admin === false) return undefined;
  return {
    ...(adminPort === undefined ? { optional: true } : { port: adminPort }),
    ...(adminHost === undefined ? {} : { host: adminHost }),
    ...(adminName === undefined ? {} : { hosts: adminName }),
  };
}

function optionsError(what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_START_OPTIONS", { where: "the command line", what, why, fix });
}

/** Where to listen, as far as the command line says it. */
export function listenOptions({ port, host, unix, fd }: ServeOptions): ListenOptions {
  if (unix !== undefined && fd !== undefined) {
    throw optionsError("--unix and --fd", "exclude each other", "Give one of them");
  }
  return {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(unix === undefined ? {} : { path: unix }),
    ...(fd === undefined ? {} : { fd }),
  };
}

/** How connections are spoken to, as far as the command line says it. */
export function transportOptions({ tlsCert, tlsKey, http2 }: ServeOptions): Pick<ListenOptions, "tls" | "http2"> {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw optionsError("--tls-cert and --tls-key", "go together, and one is missing", "Give both");
  }
  return {
    ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { cert: tlsCert, key: tlsKey } }),
    ...(http2 === undefined ? {} : { http2 }),
  };
}

/** The first socket that systemd hands to a service: descriptor 3, and only to the process that it names. */
const firstInherited = 3;

/** The listening socket that this process was started with by systemd's socket activation, if it was. */
export function inheritedSocket(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = env;
  if (Number(pid) !== process.pid || !(Number(count) >= 1)) return undefined;
  // They are for this process, not for those that it starts.
  delete env.LISTEN_PID;
  delete env.LISTEN_FDS;
  return firstInherited;
}

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };
}

/** Reads seconds, with or without a fraction. */
export function seconds(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number <= 86_400) return number;
  throw new InvalidArgumentError("It must be a number of seconds up to 86400.");
}

/** Reads how many workers there are to be. */
export function workersNumber(text: string): number | "auto" {
  return text === "auto" ? text : wholeNumber(1)(text);
}
