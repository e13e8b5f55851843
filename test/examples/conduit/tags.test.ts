import assert from "node:assert/strict";
import { test } from "node:test";
import { publish, register, unique } from "./actors.ts";
import { tagsOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

conduit("tags", (api) => {
  const read = async () => tagsOf(await api.get("/tags"));

  test("lists those in use, each once", async () => {
    const author = await register(api);
    const [often, seldom] = [unique("often"), unique("seldom")];
    await publish(api, author, { tagList: [seldom, often] });
    await publish(api, author, { tagList: [often] });
    const tags = await read();
    assert.equal(new Set(tags).size, tags.length);
    assert.ok(tags.indexOf(often) >= 0 && tags.indexOf(often) < tags.indexOf(seldom), "the most used first");
  });

  test("forgets those that no article has any more", async () => {
    const author = await register(api);
    const [deleted, replaced] = [unique("deleted"), unique("replaced")];
    const first = await publish(api, author, { tagList: [deleted] });
    const second = await publish(api, author, { tagList: [replaced] });
    await api.delete(`/articles/${first.slug}`, { token: author.token });
    await api.put(`/articles/${second.slug}`, { token: author.token, json: { article: { tagList: [] } } });
    const tags = await read();
    assert.ok(!tags.includes(deleted) && !tags.includes(replaced));
  });
});
