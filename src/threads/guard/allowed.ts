import { resolve, sep } from "node:path";
import type { Frame } from "./frames.ts";

/** Packages that Kiln drives: what they do in a request is Kiln's to answer for, not the user's. */
const driven: readonly string[] = [
  "fastify",
  "@fastify",
  "pino",
  "piscina",
  "pg",
  "pg-pool",
  "pg-connection-string",
  "pgpass",
  "pg-boss",
].map((name) => `node_modules/${name}`);

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(place + sep);
}

function matcher(entry: string): (frame: Frame) => boolean {
  const [, named = entry, line] = /^(.+?)(?::(\d+))?$/.exec(entry) ?? [];
  const place = named.replaceAll("/", sep).replace(/[\\/]+$/, "");
  const isLine = (frame: Frame): boolean => line === undefined || frame.line === Number(line);
  if (place.startsWith(`node_modules${sep}`)) {
    // Hoisted, nested or linked: a package is found wherever the package manager has put it.
    const inside = sep + place;
    return (frame) => isLine(frame) && (frame.file.includes(inside + sep) || frame.file.endsWith(inside));
  }
  const absolute = resolve(place);
  return (frame) => isLine(frame) && isWithin(frame.file, absolute);
}

/**
 * Makes the test for the places that may block.
 *
 * @param allow see `GuardSettings.allow`
 * @returns whether one of these frames is such a place: it may do what it does, and so may what it calls
 */
export function allowance(allow: readonly string[]): (frames: readonly Frame[]) => boolean {
  const matchers = [...driven, ...allow].map(matcher);
  return (frames) => frames.some((frame) => matchers.some((matches) => matches(frame)));
}
