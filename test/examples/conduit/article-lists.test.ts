import assert from "node:assert/strict";
import { test } from "node:test";
import { publish, register, unique } from "./actors.ts";
import type { Api } from "./api.ts";
import { type Article, articlesOf, assertErrors, errorsOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

const slugs = (list: { articles: { slug: string }[] }) => list.articles.map(({ slug }) => slug);

async function publishMany(api: Api, count: number) {
  const author = await register(api);
  const tag = unique("tag");
  const published: Article[] = [];
  for (let index = 0; index < count; index++)
    published.push(await publish(api, author, { tagList: [tag, `n${index}`] }));
  return { author, tag, newestFirst: published.map(({ slug }) => slug).reverse() };
}

conduit("article lists", (api) => {
  test("lists the newest first, without bodies", async () => {
    const { author, tag, newestFirst } = await publishMany(api, 3);
    const all = articlesOf(await api.get("/articles?limit=100"));
    assert.ok(all.articlesCount >= 3);
    const times = all.articles.map(({ createdAt }) => createdAt);
    assert.deepEqual(times, times.toSorted().reverse());
    // A server that others use as well may have got more articles meanwhile.
    assert.deepEqual(
      slugs(all).filter((slug) => newestFirst.includes(slug)),
      newestFirst,
    );
    const mine = articlesOf(await api.get(`/articles?author=${author.username}`));
    assert.deepEqual(slugs(mine), newestFirst);
    assert.deepEqual(mine.articles[0]?.tagList, [tag, "n2"], "a filter does not hide the other tags");
  });

  test("shows of each article what its own page shows, but the body", async () => {
    const { author } = await publishMany(api, 1);
    const [shown] = articlesOf(await api.get(`/articles?author=${author.username}`)).articles;
    assert.ok(shown !== undefined);
    const page = await api.get(`/articles/${shown.slug}`);
    const { body, ...rest } = (page.json as { article: Article }).article;
    assert.equal(body, "All of it");
    assert.deepEqual(shown, rest);
  });

  test("gives 20 unless another limit is asked for", async () => {
    const { tag, newestFirst } = await publishMany(api, 22);
    const first = articlesOf(await api.get(`/articles?tag=${tag}`));
    assert.equal(first.articlesCount, 22);
    assert.deepEqual(slugs(first), newestFirst.slice(0, 20));
    const second = articlesOf(await api.get(`/articles?tag=${tag}&offset=20`));
    assert.equal(second.articlesCount, 22);
    assert.deepEqual(slugs(second), newestFirst.slice(20));
    assert.deepEqual(slugs(articlesOf(await api.get(`/articles?tag=${tag}&limit=1&offset=1`))), [newestFirst[1]]);
  });

  test("gives no more than 100, however many are asked for", async () => {
    const author = await register(api);
    for (let count = 0; count < 10; count++) await Promise.all(Array.from({ length: 10 }, () => publish(api, author)));
    await publish(api, author);
    for (const limit of [100, 101, 1_000_000, Number.MAX_SAFE_INTEGER]) {
      const list = articlesOf(await api.get(`/articles?author=${author.username}&limit=${limit}`));
      assert.equal(list.articles.length, 100);
      assert.equal(list.articlesCount, 101);
    }
  });

  test("answers a page beyond the end with the count and nothing else", async () => {
    const { tag } = await publishMany(api, 2);
    const beyond = { articles: [], articlesCount: 2 };
    assert.deepEqual(articlesOf(await api.get(`/articles?tag=${tag}&offset=2`)), beyond);
    assert.deepEqual(articlesOf(await api.get(`/articles?tag=${tag}&offset=${Number.MAX_SAFE_INTEGER}`)), beyond);
  });

  test("refuses a limit or an offset that is none", async () => {
    for (const [name, values] of Object.entries({
      limit: ["0", "-1", "ten", "1.5", "", "1e3", "NaN", "99999999999999999999", "0x10"],
      offset: ["-1", "x", "0.5", "Infinity", "99999999999999999999"],
    })) {
      for (const value of values) {
        assert.deepEqual(Object.keys(errorsOf(await api.get(`/articles?${name}=${value}`), 422)), [name], value);
      }
    }
    assert.deepEqual(Object.keys(errorsOf(await api.get("/articles?limit=0&offset=-1"), 422)).sort(), [
      "limit",
      "offset",
    ]);
  });

  test("filters by author, tag and who favorited", async () => {
    const { author, tag, newestFirst } = await publishMany(api, 2);
    const fan = await register(api);
    await api.post(`/articles/${newestFirst[1]}/favorite`, { token: fan.token });
    const by = async (query: string) => articlesOf(await api.get(`/articles?${query}`));
    assert.deepEqual(slugs(await by(`tag=${tag}`)), newestFirst);
    assert.deepEqual(slugs(await by(`favorited=${fan.username}`)), [newestFirst[1]]);
    assert.deepEqual(slugs(await by(`favorited=${fan.username}&author=${author.username}&tag=${tag}`)), [
      newestFirst[1],
    ]);
    for (const nothing of [`favorited=${author.username}`, `author=${fan.username}`, `tag=${unique("none")}`]) {
      assert.deepEqual(await by(nothing), { articles: [], articlesCount: 0 });
    }
    assert.deepEqual(await by(`author=${unique("nobody")}`), { articles: [], articlesCount: 0 });
    assert.deepEqual(slugs(await by(`author=${author.username}&tag=n0`)), [newestFirst[1]]);
  });

  test("shows what the viewer has favorited and whom they follow", async () => {
    const { author, tag, newestFirst } = await publishMany(api, 2);
    const { token } = await register(api);
    await api.post(`/articles/${newestFirst[0]}/favorite`, { token });
    await api.post(`/profiles/${author.username}/follow`, { token });
    const seen = articlesOf(await api.get(`/articles?tag=${tag}`, { token })).articles;
    assert.deepEqual(
      seen.map(({ favorited }) => favorited),
      [true, false],
    );
    assert.deepEqual(
      seen.map(({ favoritesCount }) => favoritesCount),
      [1, 0],
    );
    assert.deepEqual(
      seen.map(({ author: { following } }) => following),
      [true, true],
    );
    const anonymous = articlesOf(await api.get(`/articles?tag=${tag}`)).articles;
    assert.deepEqual(
      anonymous.map(({ favorited }) => favorited),
      [false, false],
    );
    assert.deepEqual(
      anonymous.map(({ favoritesCount }) => favoritesCount),
      [1, 0],
    );
    assert.deepEqual(
      anonymous.map(({ author: { following } }) => following),
      [false, false],
    );
  });

  test("refuses a bad token even where none is needed", async () => {
    assertErrors(await api.get("/articles", { token: "bad" }), 401, { token: ["is invalid"] });
  });

  test("feeds the articles of those one follows, newest first, and no others", async () => {
    const reader = await register(api);
    const feed = async (query = "") => articlesOf(await api.get(`/articles/feed${query}`, { token: reader.token }));
    const follow = (username: string) => api.post(`/profiles/${username}/follow`, { token: reader.token });
    const [first, second] = [await publishMany(api, 2), await publishMany(api, 1)];
    await publish(api, reader);
    assert.deepEqual(await feed(), { articles: [], articlesCount: 0 });
    await follow(first.author.username);
    assert.deepEqual(slugs(await feed()), first.newestFirst);
    await follow(second.author.username);
    const all = await feed();
    assert.equal(all.articlesCount, 3);
    assert.deepEqual(slugs(all), [...second.newestFirst, ...first.newestFirst]);
    assert.ok(all.articles.every(({ author }) => author.following));
    assert.deepEqual(slugs(await feed("?limit=1&offset=1")), [first.newestFirst[0]]);
    assert.equal((await feed("?limit=1&offset=1")).articlesCount, 3);
    await api.delete(`/profiles/${first.author.username}/follow`, { token: reader.token });
    assert.deepEqual(slugs(await feed()), second.newestFirst);
    assert.deepEqual(Object.keys(errorsOf(await api.get("/articles/feed?limit=0", { token: reader.token }), 422)), [
      "limit",
    ]);
  });
});
