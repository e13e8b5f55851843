// The files of the container agree with each other, with the app and with the lock of this repository. What a container engine
// would do with them is done by scripts/check-container.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { validate } from "dockerfile-utils";
import { parse } from "yaml";
import { allowedPaths, copied } from "../../../scripts/container/build.ts";
import { readDockerfile } from "../../../scripts/container/dockerfile.ts";
import { containerFiles } from "../../../scripts/lock-container.ts";
import { root } from "../../../scripts/pack.ts";
import { renderEnvExample } from "../../../src/settings/env-example.ts";

const folder = new URL("../../../examples/conduit/deploy/", import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}

const text = read("Dockerfile");
const file = readDockerfile(text);
const [packing, dependencies, image] = file.stages;
const compose = parse(read("compose.yaml"), { merge: true });
const services: Readonly<Record<string, Readonly<Record<string, unknown>>>> = compose.services;
const { app, worker, filebeat, mail } = compose.services;

/** `${NAME:-default}` -> default */
function withDefaults(value: string): string {
  return value.replace(/\$\{\w+:-([^}]*)\}/g, "$1");
}

test("the linter has nothing to say of the Dockerfile", () => {
  assert.deepEqual(validate(text), []);
  assert.notDeepEqual(validate(text.replace("COPY --from=", "COPY --form=")), []);
});

test("package.json and package-lock.json have the versions of this repository; else run scripts/lock-container.ts", () => {
  for (const [name, expected] of Object.entries(containerFiles())) assert.equal(read(name), expected);
});

test("package.json has every package that the app imports, and no other", () => {
  const { dependencies: listed } = JSON.parse(read("package.json"));
  const sources = allowedPaths().filter((path) => /^examples\/conduit\/[^/]+\.ts$/.test(path));
  assert.ok(sources.length > 10);
  const imported = sources.flatMap((path) =>
    [...readFileSync(`${root}${path}`, "utf8").matchAll(/^(?:import|export) (?!type )[^"]* from "([^."][^"]*)"/gm)].map(
      ([, name = ""]) => name.replace(/^((?:@[^/]+\/)?[^/]+).*/, "$1"),
    ),
  );
  // What Kiln itself loads where the app uses jobs and metrics, or in one place only.
  const names = new Set([...imported.filter((name) => !name.startsWith("node:")), "pg", "pg-boss", "prom-client"]);
  assert.deepEqual(Object.keys(listed).sort(), [...names].sort());
});

test("the image has production dependencies only, a user who is not root, and no shell before kiln", () => {
  const [ci] = dependencies?.steps.filter(({ kind }) => kind === "run") ?? [];
  assert.match(ci?.kind === "run" ? ci.command : "", /^npm ci .*--omit=dev --ignore-scripts /);
  assert.equal(
    image?.steps.some(({ kind }) => kind === "run"),
    false,
  );
  const env = image?.steps.filter((step) => step.kind === "env") ?? [];
  assert.ok(env.some(({ name, value }) => name === "NODE_ENV" && value === "production"));
  assert.match(file.user, /^[1-9]\d*:[1-9]\d*$/);
  assert.deepEqual(file.command, ["kiln", "start"]);
  assert.deepEqual(new Set(file.stages.map((stage) => stage.image)), new Set([packing?.image]));
});

test("what changes seldom is copied first: a change of the app installs nothing", () => {
  const steps = [...(dependencies?.steps ?? [])];
  const install = steps.findIndex(({ kind }) => kind === "run");
  const before = steps.slice(0, install).filter((step) => step.kind === "copy");
  assert.ok(before.every(({ from, sources }) => from !== undefined || sources.every((path) => /\/package/.test(path))));
  const copies = image?.steps.filter((step) => step.kind === "copy") ?? [];
  assert.equal(copies[0]?.from, "dependencies");
  assert.deepEqual(copies.at(-1)?.sources, ["examples/conduit/*.ts"]);
});

test("the build sees what it copies, and nothing that is secret or made", () => {
  for (const step of file.stages.flatMap(({ steps }) => steps)) {
    if (step.kind === "copy" && step.from === undefined) assert.ok(copied(step, root).length > 0);
  }
  const step = { kind: "copy", from: undefined, sources: ["biome.json"], target: "./" } as const;
  assert.throws(() => copied(step, root), /leaves out biome\.json/);
  const ignored = read("Dockerfile.dockerignore").split("\n");
  assert.equal(
    ignored.find((line) => line !== "" && !line.startsWith("#")),
    "*",
  );
  for (const line of ["**/.env", "**/.env.*"]) assert.ok(ignored.includes(line));
  assert.doesNotMatch(allowedPaths().join("\n"), /node_modules|^dist|\.data/m);
});

test("compose starts the app and its worker from one image that may write nowhere", () => {
  assert.deepEqual([app.image, worker.image], ["conduit", "conduit"]);
  assert.equal(new URL(app.build.context.replace(/$/, "/"), folder).pathname, root);
  assert.equal(`${root}${app.build.dockerfile}`, new URL("Dockerfile", folder).pathname);
  assert.deepEqual(worker.command, ["kiln", "worker"]);
  assert.equal(worker.build, undefined);
  assert.deepEqual(worker.healthcheck, { disable: true });
  for (const one of [app, worker]) {
    assert.equal(one.read_only, true);
    assert.deepEqual([one.cap_drop, one.tmpfs, one.init], [["ALL"], "/tmp", undefined]);
    assert.deepEqual(one.security_opt, ["no-new-privileges:true"]);
    // The port closes after 2 s, requests and jobs have 30 s, resources 10 s.
    assert.ok(Number.parseInt(one.stop_grace_period, 10) > 42);
  }
});

test("compose gives the app only settings that it has, and all that have no default", async () => {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  const { settings } = await import("../../../examples/conduit/settings.ts");
  process.env.NODE_ENV = before;
  const example = renderEnvExample(settings);
  const known = new Set([...example.matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name));
  const required = [...example.matchAll(/^([A-Z_]+)=$/gm)].map(([, name = ""]) => name);
  const given = Object.keys(app.environment);
  // main.ts reads this one by itself.
  assert.match(readFileSync(`${root}examples/conduit/main.ts`, "utf8"), /process\.env\.LOG_FORMAT === "ecs"/);
  assert.equal(app.environment.LOG_FORMAT, "ecs");
  assert.deepEqual(
    given.filter((name) => name !== "LOG_FORMAT" && !known.has(name)),
    [],
  );
  assert.ok(required.includes("JWT_SECRET"));
  assert.deepEqual(
    required.filter((name) => !given.includes(name)),
    [],
  );
  assert.deepEqual(worker.environment, app.environment);
});

test("ports and names lead where something listens", () => {
  const { postgres } = compose.services;
  const [published] = app.ports;
  assert.equal(published, `127.0.0.1:${file.port}:${file.port}`);
  assert.ok(file.healthCheck.join(" ").includes(`process.env.PORT || ${file.port}}/health/ready`));
  const database = new URL(app.environment.DATABASE_URL.replace(/\$\{[^}]*\}/, "password"));
  assert.deepEqual([database.hostname, database.port], ["postgres", "5432"]);
  assert.equal(database.username, postgres.environment.POSTGRES_USER);
  assert.equal(database.pathname, `/${postgres.environment.POSTGRES_DB}`);
  const smtp = new URL(withDefaults(app.environment.SMTP_URL));
  assert.deepEqual([smtp.hostname, smtp.port], ["mail", "1025"]);
  assert.ok(mail);
  assert.equal(new URL(filebeat.environment.ELASTICSEARCH_URL).hostname, "elasticsearch");
  assert.match(read("filebeat.yml"), /\$\{ELASTICSEARCH_URL:/);
});

test("nothing is reached from other machines, and everything that is waited for can tell that it is ready", () => {
  for (const [name, { ports = [], depends_on = {}, image: named }] of Object.entries(services)) {
    // Read from YAML, where both have this form.
    for (const port of ports as string[]) assert.match(port, /^127\.0\.0\.1:/, name);
    for (const [needed, { condition }] of Object.entries(depends_on as Record<string, { condition: string }>)) {
      assert.equal(condition, "service_healthy");
      assert.ok(needed === "app" || services[needed]?.healthcheck, `${name} waits for ${needed}`);
    }
    assert.match(withDefaults(String(named)), /^(conduit|[a-z/]+:\S+)$/, `${name} has a version`);
  }
  const mounted = Object.values(services).flatMap(({ volumes = [] }) => volumes as string[]);
  const [files, named] = [mounted.filter((one) => one.startsWith("./")), mounted.filter((one) => /^\w/.test(one))];
  for (const one of files) assert.ok(read(one.split(":")[0] ?? ""), one);
  assert.deepEqual(named.map((one) => one.split(":")[0]).sort(), Object.keys(compose.volumes).sort());
});

test("the template is where filebeat looks for it", () => {
  const target = filebeat.volumes.find((one: string) => one.includes("index-template.json")).split(":")[1];
  assert.equal(parse(read("filebeat.yml"))["setup.template.json.path"], target);
});
