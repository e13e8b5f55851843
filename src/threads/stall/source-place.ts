import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A place in a file, lines counted from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
}

/** Bytes of a map beyond which it is not read: it is this thread's memory. */
const largest = 16 * 1024 * 1024;

/**
 * The place in the source that a place in compiled code comes from, told by the map that the compiler has put beside or
 * into the file; the place itself where there is none. Sources that Node runs as they are keep their places.
 */
export async function originalPlace(path: string, line: number, column: number): Promise<Place> {
  const place = { path, line };
  if (!/\.[cm]?jsx?$/.test(path)) return place;
  try {
    const map = await sourceMapOf(path);
    const entry = map?.findEntry(line - 1, column - 1);
    if (entry === undefined || !("originalSource" in entry)) return place;
    return { path: sourcePath(path, entry.originalSource), line: entry.originalLine + 1 };
  } catch {
    // A map that cannot be read must not cost the report.
    return place;
  }
}

function sourcePath(compiled: string, source: string): string {
  return source.startsWith("file:") ? fileURLToPath(source) : resolve(dirname(compiled), source);
}

async function sourceMapOf(path: string): Promise<SourceMap | undefined> {
  const code = await readFile(path, "utf8");
  const start = code.lastIndexOf("//# sourceMappingURL=");
  if (start < 0) return undefined;
  const [address = ""] = code.slice(start + "//# sourceMappingURL=".length).split(/\s/, 1);
  const text = await mapText(path, address);
  if (text.length > largest) return undefined;
  return new SourceMap(JSON.parse(text));
}

async function mapText(path: string, address: string): Promise<string> {
  if (!address.startsWith("data:")) return readFile(resolve(dirname(path), decodeURIComponent(address)), "utf8");
  const [head = "", ...data] = address.split(",");
  const encoded = data.join(",");
  return head.endsWith(";base64") ? Buffer.from(encoded, "base64").toString() : decodeURIComponent(encoded);
}
