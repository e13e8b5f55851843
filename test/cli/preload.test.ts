// What a spare process of `kiln dev` may load before a change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordPackages } from "../../src/cli/preload.ts";

const app = "file:///app/src/main.ts";
const inPackage = (path: string): string => `file:///app/node_modules/${path}`;

test("modules of packages that the app asks for, in its order; neither the app's own nor what packages ask for", () => {
  const packages = recordPackages();
  packages.note(undefined, app);
  packages.note(app, inPackage("jose/index.js"));
  packages.note(inPackage("jose/index.js"), inPackage("jose/sign.js"));
  packages.note(app, "file:///app/src/greeting.ts");
  packages.note("file:///app/src/greeting.ts", inPackage("kysely/index.js"));
  packages.note(app, "node:fs");
  assert.deepEqual(packages.urls, [inPackage("jose/index.js"), inPackage("kysely/index.js")]);
});

test("nothing where a package hooks how others are loaded", () => {
  for (const name of ["@opentelemetry/instrumentation-pg", "import-in-the-middle", "@sentry/node", "dd-trace"]) {
    const packages = recordPackages();
    packages.note(app, inPackage("pg/index.js"));
    packages.note(app, inPackage(`${name}/index.js`));
    assert.deepEqual(packages.urls, [], name);
  }
});
