import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { KilnError } from "../errors/kiln-error.ts";
import { ownFolder } from "../errors/own-files.ts";

/** A file of the docs pages that is not Kiln's own. */
export interface VendoredFile {
  /** Its name beside the others. */
  readonly name: string;
  readonly package: "swagger-ui-dist" | "redoc";
  /** Where it is in that package. */
  readonly file: string;
}

/** What the pages are made of. */
export const pageFiles: Readonly<Record<"swaggerScript" | "swaggerStyle" | "favicon" | "redocScript", VendoredFile>> = {
  swaggerScript: { name: "swagger-ui.js", package: "swagger-ui-dist", file: "swagger-ui-bundle.js" },
  swaggerStyle: { name: "swagger-ui.css", package: "swagger-ui-dist", file: "swagger-ui.css" },
  favicon: { name: "favicon.png", package: "swagger-ui-dist", file: "favicon-32x32.png" },
  redocScript: { name: "redoc.js", package: "redoc", file: "bundles/redoc.standalone.js" },
};

/** The licences that go with them. */
export const licenceFiles: readonly VendoredFile[] = [
  { name: "swagger-ui.LICENSE.txt", package: "swagger-ui-dist", file: "LICENSE" },
  { name: "swagger-ui.NOTICE.txt", package: "swagger-ui-dist", file: "NOTICE" },
  { name: "swagger-ui.js.LICENSE.txt", package: "swagger-ui-dist", file: "swagger-ui-bundle.js.LICENSE.txt" },
  { name: "redoc.LICENSE.txt", package: "redoc", file: "LICENSE" },
  { name: "redoc.js.LICENSE.txt", package: "redoc", file: "bundles/redoc.standalone.js.LICENSE.txt" },
];

/** The one address that Redoc would fetch from elsewhere: the logo beside a link. */
const foreignLogo = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const emptyImage = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

function missing(name: string, cause?: unknown): KilnError {
  return new KilnError("KILN_OPENAPI_ASSETS", {
    where: "docs pages",
    what: name,
    why: "is not among the files of the package, so the page could not be shown",
    fix: 'Install kilnjs again, or turn the pages off with docs: "off"',
    cause,
  });
}

/**
 * What is served of a vendored file: scripts lose the link to their source map, which is not served, and Redoc its one
 * address on another host.
 */
function prepareFile(name: string, bytes: Uint8Array): Uint8Array {
  if (!name.endsWith(".js") && !name.endsWith(".css")) return bytes;
  const text = Buffer.from(bytes).toString("utf8");
  return Buffer.from(
    text
      .replaceAll(foreignLogo, emptyImage)
      .replace(/\n?(?:\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ ?\*\/)\s*$/, "\n"),
  );
}

/** Reads a file from the package it comes from; the build copies it, and Kiln's own sources run with it. */
export function readFromPackage({ name, package: from, file }: VendoredFile): Uint8Array {
  try {
    const root = dirname(createRequire(import.meta.url).resolve(`${from}/package.json`));
    return prepareFile(name, readFileSync(join(root, file)));
  } catch (error) {
    throw missing(name, error);
  }
}

const vendored = fileURLToPath(new URL("openapi/assets/", ownFolder));

/**
 * Reads a file of the docs pages: a vendored copy in the published package, the original when Kiln
 * runs from its sources.
 *
 * @throws KilnError KILN_OPENAPI_ASSETS when neither is there
 */
export function readPageFile(file: VendoredFile): Uint8Array {
  if (!existsSync(vendored)) return readFromPackage(file);
  try {
    return readFileSync(join(vendored, file.name));
  } catch (error) {
    throw missing(file.name, error);
  }
}
