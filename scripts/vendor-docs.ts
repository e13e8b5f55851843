// Copies what the docs pages are made of into the built package, so that it needs neither `swagger-ui-dist` nor `redoc`
// when it is installed: the one brings a script that reports installs, the other several large peers.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { licenceFiles, pageFiles, readFromPackage } from "../src/openapi/page-assets.ts";

/**
 * Writes the files, in place of those that were there.
 *
 * @param target the folder, beside the built modules of `src/openapi`
 */
export function vendorDocs(target: string): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of [...Object.values(pageFiles), ...licenceFiles]) {
    writeFileSync(join(target, file.name), readFromPackage(file));
  }
}

if (import.meta.main) {
  const target = process.argv[2] ?? fileURLToPath(new URL("../dist/openapi/assets/", import.meta.url));
  vendorDocs(target);
  process.stdout.write(`docs pages: ${target}\n`);
}
