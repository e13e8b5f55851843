import assert from "node:assert/strict";
import { test } from "node:test";
import { publish, register, unique } from "./actors.ts";
import { articleOf, assertErrors } from "./shapes.ts";
import { conduit } from "./targets.ts";

conduit("favorites", (api) => {
  test("are given and taken back, as often as one likes", async () => {
    const [author, fan] = [await register(api), await register(api)];
    const article = await publish(api, author, { tagList: ["liked"] });
    const path = `/articles/${article.slug}`;
    const seen = async (token: string) => articleOf(await api.get(path, { token }));
    const { token } = fan;
    for (let time = 0; time < 2; time++) {
      const liked = articleOf(await api.post(`${path}/favorite`, { token }));
      assert.deepEqual(liked, { ...article, favorited: true, favoritesCount: 1 });
      assert.deepEqual(await seen(token), liked);
    }
    assert.deepEqual(await seen(author.token), { ...article, favoritesCount: 1 });
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(articleOf(await api.delete(`${path}/favorite`, { token })), article);
      assert.deepEqual(await seen(token), article);
    }
  });

  test("are counted over all users", async () => {
    const author = await register(api);
    const { slug } = await publish(api, author);
    const fans = [author, await register(api), await register(api)];
    const likes = fans.map(({ token }) => api.post(`/articles/${slug}/favorite`, { token }));
    for (const like of await Promise.all(likes)) assert.equal(articleOf(like).favorited, true);
    assert.equal(articleOf(await api.get(`/articles/${slug}`)).favoritesCount, 3);
    const after = articleOf(await api.delete(`/articles/${slug}/favorite`, { token: author.token }));
    assert.equal(after.favoritesCount, 2);
  });

  test("leave the time of the last change alone", async () => {
    const author = await register(api);
    const article = await publish(api, author);
    const liked = articleOf(await api.post(`/articles/${article.slug}/favorite`, { token: author.token }));
    assert.equal(liked.updatedAt, article.updatedAt);
  });

  test("need an article and a token", async () => {
    const { token } = await register(api);
    const path = `/articles/${unique("unknown-slug")}/favorite`;
    assertErrors(await api.post(path, { token }), 404, { article: ["not found"] });
    assertErrors(await api.delete(path, { token }), 404, { article: ["not found"] });
    assertErrors(await api.post(path), 401, { token: ["is missing"] });
    assertErrors(await api.delete(path), 401, { token: ["is missing"] });
  });
});
