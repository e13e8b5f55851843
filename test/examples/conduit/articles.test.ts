import assert from "node:assert/strict";
import { test } from "node:test";
import { publish, register, unique } from "./actors.ts";
import { articleOf, assertEmpty, assertErrors, errorsOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

const blank = ["can't be blank"];
const notFound = { article: ["not found"] };

conduit("articles", (api) => {
  const post = (token: string, article: unknown) => api.post("/articles", { token, json: { article } });
  const valid = () => ({ title: unique("Title"), description: "About it", body: "All of it" });

  test("publishes an article", async () => {
    const { token, username } = await register(api);
    const tags = [unique("d"), unique("b"), unique("c")];
    const article = articleOf(await post(token, { ...valid(), title: "How to train", tagList: tags }), 201);
    assert.equal(article.title, "How to train");
    assert.equal(article.description, "About it");
    assert.equal(article.body, "All of it");
    assert.deepEqual(article.tagList, tags, "tags keep their order");
    assert.equal(article.favorited, false);
    assert.equal(article.favoritesCount, 0);
    assert.deepEqual(article.author, { username, bio: null, image: null, following: false });
    assert.equal(article.createdAt, article.updatedAt);
    assert.ok(Math.abs(Date.now() - Date.parse(article.createdAt)) < 60_000);
  });

  test("publishes an article without tags", async () => {
    const { token } = await register(api);
    assert.deepEqual(articleOf(await post(token, valid()), 201).tagList, []);
    assert.deepEqual(articleOf(await post(token, { ...valid(), tagList: [] }), 201).tagList, []);
  });

  test("keeps a tag that is given twice once", async () => {
    const { token } = await register(api);
    assert.deepEqual(articleOf(await post(token, { ...valid(), tagList: ["b", "a", "b"] }), 201).tagList, ["b", "a"]);
  });

  test("makes a slug of the title", async () => {
    const author = await register(api);
    const mark = unique("x").replace("_", "-");
    const { slug } = await publish(api, author, { title: `  Crème brûlée: a "How-To" (${mark})! ` });
    assert.equal(slug, `creme-brulee-a-how-to-${mark}`);
  });

  test("gives each article of the same title its own slug", async () => {
    const author = await register(api);
    const title = unique("Dup Title");
    const same = await Promise.all(Array.from({ length: 5 }, () => publish(api, author, { title })));
    assert.equal(new Set(same.map(({ slug }) => slug)).size, 5);
    for (const { slug } of same) assert.equal(articleOf(await api.get(`/articles/${slug}`)).slug, slug);
  });

  test("publishes a title without any letter, and one that is the name of a route", async () => {
    const author = await register(api);
    for (const title of ["!!!", "Feed", "日本語", "नमस्ते", "💥".repeat(300)]) {
      const { slug } = await publish(api, author, { title });
      assert.notEqual(slug, "feed");
      assert.equal(articleOf(await api.get(`/articles/${encodeURIComponent(slug)}`)).title, title);
    }
  });

  for (const field of ["title", "description", "body"]) {
    test(`refuses an article with an empty, missing or null ${field}`, async () => {
      const { token } = await register(api);
      for (const empty of ["", " \n", null, undefined]) {
        assertErrors(await post(token, { ...valid(), [field]: empty }), 422, { [field]: blank });
      }
    });
  }

  test("refuses an article that is something else", async () => {
    const { token } = await register(api);
    assertErrors(await post(token, {}), 422, { title: blank, description: blank, body: blank });
    assertErrors(await api.post("/articles", { token, json: {} }), 422, { article: blank });
    assertErrors(await api.post("/articles", { token }), 422, { article: blank });
    for (const tagList of [null, "dragons", [1], [""], { 0: "a" }]) {
      assert.deepEqual(Object.keys(errorsOf(await post(token, { ...valid(), tagList }), 422)), ["tagList"]);
    }
  });

  test("keeps texts as they are", async () => {
    const author = await register(api);
    const body = " # <b>Über</b>\r\n\t'quoted' \"twice\" \\ 𝒳 \u2028 ';-- ";
    const { slug } = await publish(api, author, { body });
    assert.equal(articleOf(await api.get(`/articles/${slug}`)).body, body);
  });

  test("shows an article to anybody", async () => {
    const author = await register(api);
    const article = await publish(api, author, { tagList: ["z", "a"] });
    assert.deepEqual(articleOf(await api.get(`/articles/${article.slug}`)), article);
    const reader = await register(api);
    await api.post(`/profiles/${author.username}/follow`, { token: reader.token });
    const seen = articleOf(await api.get(`/articles/${article.slug}`, { token: reader.token }));
    assert.deepEqual(seen, { ...article, author: { ...article.author, following: true } });
  });

  test("deletes an article with all that belongs to it", async () => {
    const author = await register(api);
    const { slug } = await publish(api, author, { tagList: ["gone"] });
    const { token } = author;
    await api.post(`/articles/${slug}/favorite`, { token });
    await api.post(`/articles/${slug}/comments`, { token, json: { comment: { body: "gone" } } });
    assertEmpty(await api.delete(`/articles/${slug}`, { token }));
    assertErrors(await api.get(`/articles/${slug}`), 404, notFound);
    assertErrors(await api.delete(`/articles/${slug}`, { token }), 404, notFound);
    assertErrors(await api.get(`/articles/${slug}/comments`), 404, notFound);
  });

  test("finds no article", async () => {
    const { token } = await register(api);
    const path = `/articles/${unique("unknown-slug")}`;
    assertErrors(await api.get(path), 404, notFound);
    assertErrors(await api.put(path, { token, json: { article: { body: "test" } } }), 404, notFound);
    assertErrors(await api.delete(path, { token }), 404, notFound);
  });

  test("needs a token to write, even to what is not there", async () => {
    const missing = { token: ["is missing"] };
    assertErrors(await api.post("/articles", { json: { article: valid() } }), 401, missing);
    assertErrors(await api.put("/articles/some-slug", { json: { article: { body: "test" } } }), 401, missing);
    assertErrors(await api.delete("/articles/some-slug"), 401, missing);
    assertErrors(await api.get("/articles/feed"), 401, missing);
  });
});
