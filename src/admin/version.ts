import { createRequire } from "node:module";

/** Our own version; read when somebody asks for it. */
export function kilnVersion(): string {
  // Our own package.json, which has one.
  return (createRequire(import.meta.url)("../../package.json") as { readonly version: string }).version;
}
