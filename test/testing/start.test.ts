import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, defineSettings, depends, kiln, log, query, resource } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

const settings = defineSettings({ greeting: z.string().default("hello"), port: z.int().default(8000) });
const opened: string[] = [];
const store = resource({ settings }, async function* store({ settings }) {
  opened.push(settings.greeting);
  yield new Map([["greeting", settings.greeting]]);
});
const user = depends({}, () => ({ id: 1, name: "real" }));

function app(): App {
  const made = kiln({ title: "Start", settings });
  made.get("/user", { needs: { user } }, ({ user }) => user);
  made.get("/greeting", { needs: { store } }, ({ store }) => ({ greeting: store.get("greeting") }));
  return made;
}

bothWays("a value stands in for a provider", app, async (t) => {
  assert.deepEqual((await t.get("/user")).json(), { id: 1, name: "real" });
});

test("a value or a provider stands in for a provider, for each app on its own", async () => {
  const shared = app();
  const name = depends({ name: query(z.string()) }, ({ name }) => ({ id: 3, name }));
  await using real = await testApp(shared);
  await using value = await testApp(shared, { replace: [[user, { id: 2, name: "value" }]] });
  await using made = await testApp(shared, { replace: [[user, name]], socket: true });
  const calls = [real.get("/user"), value.get("/user"), made.get("/user", { query: { name: "asked" } })];
  assert.deepEqual(
    (await Promise.all(calls)).map((answer) => answer.json()),
    [
      { id: 1, name: "real" },
      { id: 2, name: "value" },
      { id: 3, name: "asked" },
    ],
  );
});

test("a resource that is replaced is not opened", async () => {
  const before = opened.length;
  await using t = await testApp(app(), { replace: [[store, new Map([["greeting", "fake"]])]] });
  assert.deepEqual((await t.get("/greeting")).json(), { greeting: "fake" });
  assert.equal(opened.length, before);
});

test("settings win over every source", async () => {
  await using t = await testApp(app(), { settings: { greeting: "hi" } });
  assert.deepEqual((await t.get("/greeting")).json(), { greeting: "hi" });
});

test("value gives resources, settings and what stands in for them", async () => {
  await using t = await testApp(app(), { settings: { greeting: "hi" } });
  assert.equal(t.value(store).get("greeting"), "hi");
  assert.equal(t.value(settings).port, 8000);
  const fake = new Map<string, string>();
  await using replaced = await testApp(app(), { replace: [[store, fake]] });
  assert.equal(replaced.value(store), fake);
  const unused = resource({}, async function* unused() {
    yield 1;
  });
  assert.throws(() => t.value(unused), { code: "KILN_TEST_VALUE" });
});

test("the environment is test unless another is named", async () => {
  const environments: unknown[] = [];
  for (const options of [{}, { env: "production" }]) {
    await using t = await testApp(app(), options);
    await t.get("/user");
    await t.idle();
    environments.push(t.logs.find("request_completed")?.environment);
  }
  assert.deepEqual(environments, ["test", "production"]);
});

test("a start that fails rejects with its reason and leaves nothing open", async () => {
  const closed: string[] = [];
  const first = resource({}, async function* first() {
    yield 1;
    closed.push("first");
  });
  const second = resource({ first }, async function* second({ first }) {
    if (first === 1) throw new Error("no luck");
    yield first;
  });
  const broken = kiln({ title: "Broken" });
  broken.get("/", { needs: { second } }, ({ second }) => second);
  await assert.rejects(testApp(broken), { code: "KILN_RESOURCE_OPEN", message: /second.*no luck/ });
  assert.deepEqual(closed, ["first"]);
});

test("what is no app is refused", async () => {
  // A cycle of imports gives an undefined app, which the compiler does not see.
  const missing = undefined as unknown as App;
  await assert.rejects(testApp(missing), { code: "KILN_TEST_APP" });
});

test("apps of one process log apart from each other, in resources and outside requests too", async () => {
  const noisy = resource({ settings }, async function* noisy({ settings }) {
    log.info(`opened ${settings.greeting}`);
    yield settings.greeting;
    log.info(`closed ${settings.greeting}`);
  });
  const made = kiln({ title: "Noisy", settings });
  made.get("/", { needs: { noisy } }, ({ noisy }) => {
    log.info(`handled ${noisy}`);
  });
  const [a, b] = await Promise.all(
    ["a", "b"].map((greeting) => testApp(made, { settings: { greeting }, socket: greeting === "b" })),
  );
  assert.ok(a !== undefined && b !== undefined);
  await Promise.all([a.get("/"), b.get("/")]);
  await a.close();
  log.info("outside");
  await b.close();
  const mine = (t: typeof a): unknown[] =>
    t.logs.lines.map(({ message }) => message).filter((message) => /ed [ab]$|^outside$/.test(message ?? ""));
  assert.deepEqual(mine(a), ["opened a", "handled a", "closed a"]);
  assert.deepEqual(mine(b), ["opened b", "handled b", "outside", "closed b"]);
});
