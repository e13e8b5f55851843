import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestApp, testApp } from "kilnjs/testing";
import { db } from "../../../examples/conduit/db.ts";
import { app } from "../../../examples/conduit/main.ts";
import { passwords } from "../../../examples/conduit/passwords.ts";
import { plant } from "../../../examples/conduit/seed.ts";
import { apiOver } from "./api.ts";
import { articlesOf, commentsOf, tagsOf, userOf } from "./shapes.ts";
import { sendOver, testSettings } from "./targets.ts";

function demo(): Promise<TestApp> {
  return testApp(app, { settings: { ...testSettings, demoData: true } });
}

test("the demo has something to look at", async () => {
  await using t = await demo();
  const api = apiOver(() => sendOver(t));
  const user = { email: "jake@example.com", password: "conduit-demo" };
  const { token } = userOf(await api.post("/users/login", { json: { user } }));
  const { articles } = articlesOf(await api.get("/articles"));
  assert.ok(articles.length >= 4);
  assert.ok(articles.some(({ favoritesCount }) => favoritesCount > 1));
  assert.ok(articlesOf(await api.get("/articles/feed", { token })).articlesCount > 0);
  assert.ok(tagsOf(await api.get("/tags")).includes("dragons"));
  assert.ok(commentsOf(await api.get("/articles/how-to-train-your-dragon/comments")).length > 0);
});

test("nobody gets mail about the demo data", async () => {
  await using t = await demo();
  await t.idle();
  for (const name of ["send-welcome", "notify-followers"]) assert.deepEqual(await t.jobs(name), []);
  assert.equal(t.logs.find("mail_printed"), undefined);
});

test("the tags of the demo are counted before the first night", async () => {
  await using t = await demo();
  const { counts } = (await t.get("/api/tags/counts")).json() as { counts: { tag: string; articles: number }[] };
  assert.deepEqual([counts[0]?.tag, counts[0]?.articles], ["training", 2]);
});

test("the demo data are planted once, also by several processes at once", async () => {
  await using t = await demo();
  const api = apiOver(() => sendOver(t));
  const before = articlesOf(await api.get("/articles"));
  await Promise.all([1, 2, 3].map(() => plant(t.value(db.pool), t.value(passwords))));
  assert.deepEqual(articlesOf(await api.get("/articles")), before);
});

test("without the setting there is nothing", async () => {
  await using t = await testApp(app, { settings: testSettings });
  assert.deepEqual(articlesOf(await apiOver(() => sendOver(t)).get("/articles")), { articles: [], articlesCount: 0 });
});
