import assert from "node:assert/strict";
import { test } from "node:test";
import { register, unique } from "./actors.ts";
import { assertErrors, profileOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

conduit("profiles", (api) => {
  test("shows a profile to anybody", async () => {
    const { username } = await register(api);
    const profile = profileOf(await api.get(`/profiles/${username}`));
    assert.deepEqual(profile, { username, bio: null, image: null, following: false });
  });

  test("shows bio and image, and no email", async () => {
    const user = await register(api);
    const json = { user: { bio: "I work at statefarm", image: "https://example.com/i.png" } };
    await api.put("/user", { token: user.token, json });
    const answer = await api.get(`/profiles/${user.username}`);
    assert.deepEqual(profileOf(answer), { username: user.username, ...json.user, following: false });
    assert.doesNotMatch(answer.text, /@test\.com/);
  });

  test("follows and unfollows, as often as one likes", async () => {
    const [fan, celeb] = [await register(api), await register(api)];
    const path = `/profiles/${celeb.username}`;
    const seen = async (token?: string) =>
      profileOf(await api.get(path, token === undefined ? {} : { token })).following;
    assert.equal(await seen(fan.token), false);
    for (let time = 0; time < 2; time++) {
      assert.equal(profileOf(await api.post(`${path}/follow`, { token: fan.token })).following, true);
      assert.equal(await seen(fan.token), true);
    }
    assert.equal(await seen(celeb.token), false, "following has a direction");
    assert.equal(await seen(), false);
    for (let time = 0; time < 2; time++) {
      assert.equal(profileOf(await api.delete(`${path}/follow`, { token: fan.token })).following, false);
      assert.equal(await seen(fan.token), false);
    }
  });

  test("answers a follow with the whole profile", async () => {
    const [fan, celeb] = [await register(api), await register(api)];
    const profile = profileOf(await api.post(`/profiles/${celeb.username}/follow`, { token: fan.token }));
    assert.deepEqual(profile, { username: celeb.username, bio: null, image: null, following: true });
  });

  test("takes a content type without a body, and a body that nobody asked for", async () => {
    const [fan, celeb] = [await register(api), await register(api)];
    const path = `/profiles/${celeb.username}/follow`;
    const headers = { "content-type": "application/json" };
    assert.equal(profileOf(await api.post(path, { token: fan.token, headers })).following, true);
    assert.equal(profileOf(await api.delete(path, { token: fan.token, headers })).following, false);
    assert.equal(profileOf(await api.post(path, { token: fan.token, json: { user: {} } })).following, true);
  });

  test("finds nobody", async () => {
    const { token } = await register(api);
    const path = `/profiles/${unique("unknown")}`;
    assertErrors(await api.get(path), 404, { profile: ["not found"] });
    assertErrors(await api.get(path, { token }), 404, { profile: ["not found"] });
    assertErrors(await api.post(`${path}/follow`, { token }), 404, { profile: ["not found"] });
    assertErrors(await api.delete(`${path}/follow`, { token }), 404, { profile: ["not found"] });
  });

  test("needs a token to follow, even nobody", async () => {
    const path = `/profiles/${unique("unknown")}/follow`;
    assertErrors(await api.post(path), 401, { token: ["is missing"] });
    assertErrors(await api.delete(path), 401, { token: ["is missing"] });
  });

  test("refuses a bad token even where none is needed", async () => {
    const { username } = await register(api);
    assertErrors(await api.get(`/profiles/${username}`, { token: "bad" }), 401, { token: ["is invalid"] });
  });

  test("finds a username that needs encoding", async () => {
    const username = `${unique("ünï")} of/100% ?#`;
    const user = { username, email: `${unique("odd")}@test.com`, password: "password123" };
    await api.post("/users", { json: { user } });
    assert.equal(profileOf(await api.get(`/profiles/${encodeURIComponent(username)}`)).username, username);
  });
});
