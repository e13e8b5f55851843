import assert from "node:assert/strict";
import { test } from "node:test";
import { publish, register, unique } from "./actors.ts";
import { errorsOf } from "./shapes.ts";
import { ownConduit } from "./targets.ts";

ownConduit("covers", (api) => {
  test("an article has a cover that follows from its title", async () => {
    const author = await register(api);
    const title = unique("Cover");
    const [one, same, other] = [
      await publish(api, author, { title }),
      await publish(api, author, { title }),
      await publish(api, author, { title: unique("Other") }),
    ];
    const cover = await api.get(`/articles/${one.slug}/cover.svg`);
    assert.equal(cover.status, 200);
    assert.equal(cover.headers.get("content-type"), "image/svg+xml");
    assert.match(cover.text, /^<svg [^>]*viewBox="0 0 1200 630">.*(<circle [^>]*\/>){20}.*<\/svg>$/);
    assert.equal((await api.get(`/articles/${same.slug}/cover.svg`)).text, cover.text);
    assert.notEqual((await api.get(`/articles/${other.slug}/cover.svg`)).text, cover.text);
  });

  test("covers are painted at the same time", async () => {
    const author = await register(api);
    const { slug } = await publish(api, author, { title: unique("Cover") });
    const covers = await Promise.all(Array.from({ length: 8 }, () => api.get(`/articles/${slug}/cover.svg`)));
    assert.equal(new Set(covers.map(({ status, text }) => `${status} ${text.length}`)).size, 1);
  });

  test("an article that is not there has no cover", async () => {
    const answer = await api.get("/articles/no-such-article/cover.svg");
    assert.deepEqual(errorsOf(answer, 404), { article: ["not found"] });
  });
});
