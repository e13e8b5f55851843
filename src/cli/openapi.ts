import { writeFile } from "node:fs/promises";
import { documentOf } from "../app/document.ts";
import { loadRecord } from "./load-app.ts";
import { finish } from "./output.ts";

/** `kiln openapi`: from the declarations alone, so it needs no settings and no database. */
export async function openapi(entry: string | undefined, options: { readonly out?: string }): Promise<void> {
  const text = `${JSON.stringify(documentOf(await loadRecord(entry)), null, 2)}\n`;
  if (options.out === undefined) return finish(text);
  await writeFile(options.out, text);
  await finish(`Wrote ${options.out}\n`);
}
