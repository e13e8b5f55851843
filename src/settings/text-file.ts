import { readFile } from "node:fs/promises";

/** What came of reading a file: its text, nothing because it is not there, or why it cannot be read. */
export type FileText = { readonly text: string } | { readonly failure: string } | undefined;

/**
 * Reads a small UTF-8 file that may be absent.
 *
 * @param path the file
 * @returns the text without a byte order mark, `failure` as a clause, or undefined when there is no such file
 */
export async function readText(path: string): Promise<FileText> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { failure: code === "EISDIR" ? "is a folder, not a file" : `cannot be read (${code})` };
  }
  try {
    // The decoder drops a byte order mark, which editors on Windows write and neither parser expects.
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { failure: "is not UTF-8 text" };
  }
}
