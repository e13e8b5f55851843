import { InvalidArgumentError } from "commander";
import type { AdminOptions } from "../admin/options.ts";
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
