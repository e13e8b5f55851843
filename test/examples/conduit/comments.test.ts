import assert from "node:assert/strict";
import { test } from "node:test";
import { comment, publish, register, unique } from "./actors.ts";
import { assertEmpty, assertErrors, commentOf, commentsOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

const blank = ["can't be blank"];

conduit("comments", (api) => {
  async function discussed() {
    const author = await register(api);
    const { slug } = await publish(api, author);
    const path = `/articles/${slug}/comments`;
    const read = async (token?: string) => commentsOf(await api.get(path, token === undefined ? {} : { token }));
    return { author, slug, path, read };
  }

  test("are added and listed, oldest first", async () => {
    const { author, path, read } = await discussed();
    const post = async (body: string) =>
      commentOf(await api.post(path, { token: author.token, json: { comment: { body } } }));
    const first = await post("First comment");
    assert.equal(first.body, "First comment");
    assert.deepEqual(first.author, { username: author.username, bio: null, image: null, following: false });
    assert.equal(first.createdAt, first.updatedAt);
    const second = await post("Second comment");
    assert.notEqual(second.id, first.id);
    assert.deepEqual(await read(), [first, second]);
    assert.deepEqual(await read(author.token), [first, second]);
  });

  test("show whom the viewer follows", async () => {
    const { author, slug, read } = await discussed();
    const reader = await register(api);
    await comment(api, author, slug);
    await api.post(`/profiles/${author.username}/follow`, { token: reader.token });
    assert.equal((await read(reader.token))[0]?.author.following, true);
    assert.equal((await read())[0]?.author.following, false);
  });

  test("are deleted one at a time", async () => {
    const { author, slug, path, read } = await discussed();
    const [first, second] = [await comment(api, author, slug, "1"), await comment(api, author, slug, "2")];
    assertEmpty(await api.delete(`${path}/${first.id}`, { token: author.token }));
    assert.deepEqual(await read(), [second]);
    assertErrors(await api.delete(`${path}/${first.id}`, { token: author.token }), 404, { comment: ["not found"] });
  });

  test("are deleted by their author alone, not by that of the article", async () => {
    const { author, slug, path, read } = await discussed();
    const guest = await register(api);
    const own = await comment(api, guest, slug);
    assertErrors(await api.delete(`${path}/${own.id}`, { token: author.token }), 403, { comment: ["forbidden"] });
    assert.deepEqual(await read(), [own]);
    assertEmpty(await api.delete(`${path}/${own.id}`, { token: guest.token }));
  });

  test("belong to their article", async () => {
    const [one, other] = [await discussed(), await discussed()];
    const { id } = await comment(api, one.author, one.slug);
    const answer = await api.delete(`${other.path}/${id}`, { token: one.author.token });
    assertErrors(answer, 404, { comment: ["not found"] });
    assert.equal((await one.read()).length, 1);
  });

  test("may not be blank", async () => {
    const { author, path } = await discussed();
    const post = (json: unknown) => api.post(path, { token: author.token, json });
    for (const body of ["", "  ", null, undefined])
      assertErrors(await post({ comment: { body } }), 422, { body: blank });
    assertErrors(await post({ comment: { body: 1 } }), 422, { body: ["is invalid"] });
    assertErrors(await post({}), 422, { comment: blank });
  });

  test("have no place under an article that is not there", async () => {
    const { token } = await register(api);
    const path = `/articles/${unique("unknown-slug")}/comments`;
    const notFound = { article: ["not found"] };
    assertErrors(await api.post(path, { token, json: { comment: { body: "orphan" } } }), 404, notFound);
    assertErrors(await api.get(path), 404, notFound);
    assertErrors(await api.delete(`${path}/99999`, { token }), 404, notFound);
  });

  test("are not found by an id that none has", async () => {
    const { author, path } = await discussed();
    for (const id of ["99999999", "0", "-1", "2147483648", String(Number.MAX_SAFE_INTEGER)]) {
      assertErrors(await api.delete(`${path}/${id}`, { token: author.token }), 404, { comment: ["not found"] });
    }
    for (const id of ["first", "1.5", "99999999999999999999"]) {
      assertErrors(await api.delete(`${path}/${id}`, { token: author.token }), 422, { id: ["is invalid"] });
    }
  });

  test("need a token to be written or deleted", async () => {
    const missing = { token: ["is missing"] };
    const path = "/articles/some-slug/comments";
    assertErrors(await api.post(path, { json: { comment: { body: "test" } } }), 401, missing);
    assertErrors(await api.delete(`${path}/1`), 401, missing);
  });
});
