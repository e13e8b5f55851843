// Packs the package as npm would publish it and lets publint and attw judge the result.
// Run: node scripts/check-package.ts
import { rmSync } from "node:fs";
import { pack, run } from "./pack.ts";

const tarball = pack();
try {
  run("publint", ["run", tarball, "--strict"]);
  // `esm-only`: whoever calls `require()` gets Node's own `require(esm)`; there is no CommonJS build to have types for.
  run("attw", [tarball, "--profile", "esm-only", "--no-definitely-typed", "--no-color"]);
} finally {
  rmSync(tarball);
}
