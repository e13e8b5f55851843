import { createRequire } from "node:module";
import { ownFolder } from "../errors/own-files.ts";
import { type Family, gauge } from "../metrics/family.ts";

/** Our own version; read when somebody asks for it. */
export function kilnVersion(): string {
  // Our own package.json, which has one.
  return (createRequire(ownFolder)("../package.json") as { readonly version: string }).version;
}

/** Which versions run, as labels of a value that is always 1. */
export function infoFamily(app: { readonly title: string; readonly version: string } | undefined): Family {
  const { title = "", version = "" } = app ?? {};
  const labels = { app: title, version, kiln: kilnVersion(), node: process.version };
  return gauge("kiln_info", "The versions that run; always 1", [{ labels, value: 1 }], "max");
}
