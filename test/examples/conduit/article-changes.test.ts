import assert from "node:assert/strict";
import { test } from "node:test";
import { comment, publish, register, unique } from "./actors.ts";
import { type Article, articleOf, assertErrors, commentsOf, errorsOf, type User } from "./shapes.ts";
import { conduit } from "./targets.ts";

conduit("article changes", (api) => {
  const put = (user: User, { slug }: Article, changes: unknown) =>
    api.put(`/articles/${slug}`, { token: user.token, json: { article: changes } });

  test("changes what is given and leaves the rest", async () => {
    const author = await register(api);
    const before = await publish(api, author, { tagList: ["d", "t"] });
    const after = articleOf(await put(author, before, { body: "Updated body" }));
    assert.deepEqual({ ...after, updatedAt: "" }, { ...before, body: "Updated body", updatedAt: "" });
    assert.ok(after.updatedAt > before.updatedAt, "the time of the change is told");
    assert.deepEqual(articleOf(await api.get(`/articles/${before.slug}`)), after);
  });

  test("changes the slug with the title", async () => {
    const author = await register(api);
    const before = await publish(api, author);
    const title = unique("Did you train your dragon");
    const after = articleOf(await put(author, before, { title }));
    assert.equal(after.title, title);
    assert.notEqual(after.slug, before.slug);
    assert.equal(articleOf(await api.get(`/articles/${after.slug}`)).title, title);
    assertErrors(await api.get(`/articles/${before.slug}`), 404, { article: ["not found"] });
  });

  test("keeps the slug when the title is given but the same", async () => {
    const author = await register(api);
    const before = await publish(api, author);
    assert.equal(articleOf(await put(author, before, { title: before.title })).slug, before.slug);
  });

  test("takes another slug when that of the new title is taken", async () => {
    const author = await register(api);
    const [first, second] = [await publish(api, author), await publish(api, author)];
    const changed = articleOf(await put(author, second, { title: first.title }));
    assert.notEqual(changed.slug, first.slug);
    assert.equal(changed.title, first.title);
  });

  test("replaces, empties and keeps the tags", async () => {
    const author = await register(api);
    const article = await publish(api, author, { tagList: ["d", "t"] });
    assert.deepEqual(articleOf(await put(author, article, { body: "Untouched" })).tagList, ["d", "t"]);
    assert.deepEqual(articleOf(await put(author, article, { tagList: ["z", "d"] })).tagList, ["z", "d"]);
    assert.deepEqual(articleOf(await put(author, article, { tagList: [] })).tagList, []);
    assert.deepEqual(articleOf(await api.get(`/articles/${article.slug}`)).tagList, []);
  });

  test("refuses null for every field, and changes nothing then", async () => {
    const author = await register(api);
    const article = await publish(api, author, { tagList: ["d"] });
    for (const field of ["title", "description", "body", "tagList"]) {
      const errors = errorsOf(await put(author, article, { [field]: null }), 422);
      assert.deepEqual(Object.keys(errors), [field]);
    }
    for (const field of ["title", "description", "body"]) {
      assertErrors(await put(author, article, { [field]: "", tagList: [] }), 422, { [field]: ["can't be blank"] });
    }
    assert.deepEqual(articleOf(await api.get(`/articles/${article.slug}`)), article);
  });

  test("cannot change what is not the author's to change", async () => {
    const author = await register(api);
    const article = await publish(api, author);
    const given = {
      slug: "mine",
      createdAt: "2000-01-01T00:00:00.000Z",
      favoritesCount: 99,
      author: { username: "me" },
    };
    const after = articleOf(await put(author, article, given));
    assert.deepEqual({ ...after, updatedAt: "" }, { ...article, updatedAt: "" });
  });

  test("lets nobody else change or delete an article", async () => {
    const [author, other] = [await register(api), await register(api)];
    const article = await publish(api, author);
    const forbidden = { article: ["forbidden"] };
    assertErrors(await put(other, article, { body: "hijacked" }), 403, forbidden);
    assertErrors(await api.delete(`/articles/${article.slug}`, { token: other.token }), 403, forbidden);
    assert.deepEqual(articleOf(await api.get(`/articles/${article.slug}`)), article);
  });

  test("keeps favorites and comments under the new slug", async () => {
    const author = await register(api);
    const article = await publish(api, author);
    await api.post(`/articles/${article.slug}/favorite`, { token: author.token });
    await comment(api, author, article.slug);
    const changed = articleOf(await put(author, article, { title: unique("Renamed") }));
    assert.equal(changed.favorited, true);
    assert.equal(changed.favoritesCount, 1);
    assert.equal(commentsOf(await api.get(`/articles/${changed.slug}/comments`)).length, 1);
  });
});
