import assert from "node:assert/strict";
import { test } from "node:test";
import { password, register, unique } from "./actors.ts";
import { assertErrors, profileOf, type User, userOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

const blank = ["can't be blank"];

conduit("current user", (api) => {
  const put = (user: User, changes: unknown) => api.put("/user", { token: user.token, json: { user: changes } });
  const read = async (user: User) => userOf(await api.get("/user", { token: user.token }));

  test("is the one whose token is sent", async () => {
    const user = await register(api);
    const current = await read(user);
    assert.deepEqual({ ...current, token: "" }, { ...user, token: "" });
    assert.deepEqual(await read(current).then(({ username }) => username), user.username);
  });

  test("takes the scheme in any case", async () => {
    const { token, username } = await register(api);
    const current = userOf(await api.get("/user", { headers: { authorization: `token ${token}` } }));
    assert.equal(current.username, username);
  });

  test("needs a token", async () => {
    const missing = { token: ["is missing"] };
    assertErrors(await api.get("/user"), 401, missing);
    assertErrors(await api.put("/user", { json: { user: { bio: "test" } } }), 401, missing);
    assert.ok((await api.get("/user")).headers.has("www-authenticate"));
  });

  test("needs a token before it looks at the body", async () => {
    assertErrors(await api.put("/user", { json: { user: { email: "" } } }), 401, { token: ["is missing"] });
    const malformed = { body: "{", headers: { "content-type": "application/json" } };
    assertErrors(await api.put("/user", malformed), 401, { token: ["is missing"] });
  });

  test("refuses a token that is not its own", async () => {
    const { token } = await register(api);
    const [head = "", claims = "", signature = ""] = token.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const another = Buffer.from('{"sub":"1","exp":9999999999}').toString("base64url");
    const forged = [
      "not-a-token",
      `${head}.${claims}`,
      `${head}.${another}.${signature}`,
      `${none}.${claims}.`,
      `${head}.${claims}.${signature.slice(0, -2)}`,
    ];
    for (const forgery of forged) {
      assertErrors(await api.get("/user", { token: forgery }), 401, { token: ["is invalid"] });
    }
  });

  test("changes one field and leaves the others", async () => {
    const user = await register(api);
    const changed = userOf(await put(user, { bio: "Updated bio" }));
    assert.deepEqual({ ...changed, token: "" }, { ...user, token: "", bio: "Updated bio" });
    assert.equal((await read(user)).bio, "Updated bio");
  });

  for (const field of ["bio", "image"] as const) {
    const value = field === "bio" ? "Some bio" : "https://example.com/photo.jpg";

    test(`clears the ${field} by null and by an empty text`, async () => {
      const user = await register(api);
      for (const empty of [null, ""]) {
        assert.equal(userOf(await put(user, { [field]: value }))[field], value);
        assert.equal((await read(user))[field], value);
        assert.equal(userOf(await put(user, { [field]: empty }))[field], null);
        assert.equal((await read(user))[field], null);
      }
    });

    test(`leaves the ${field} when it is absent`, async () => {
      const user = await register(api);
      await put(user, { [field]: value });
      assert.equal(userOf(await put(user, { username: unique("renamed") }))[field], value);
    });

    test(`refuses a ${field} that is no text`, async () => {
      const user = await register(api);
      assertErrors(await put(user, { [field]: 1 }), 422, { [field]: ["is invalid"] });
    });
  }

  test("changes username and email, and the token still holds", async () => {
    const user = await register(api);
    const username = unique("renamed");
    const changed = userOf(await put(user, { username, email: `${username}@test.com` }));
    assert.equal(changed.username, username);
    assert.equal(changed.email, `${username}@test.com`);
    assert.equal((await read(user)).username, username);
    assert.equal((await read(changed)).username, username);
    assert.equal(profileOf(await api.get(`/profiles/${username}`)).username, username);
    assertErrors(await api.get(`/profiles/${user.username}`), 404, { profile: ["not found"] });
  });

  test("changes the password", async () => {
    const user = await register(api);
    const login = (value: string) =>
      api.post("/users/login", { json: { user: { email: user.email, password: value } } });
    userOf(await put(user, { password: "bonjour1" }));
    userOf(await login("bonjour1"));
    assertErrors(await login(password), 401, { credentials: ["invalid"] });
    userOf(await put(user, { password: "a".repeat(64) }));
    userOf(await login("a".repeat(64)));
  });

  for (const field of ["email", "username", "password"]) {
    for (const empty of ["", null]) {
      test(`refuses ${JSON.stringify(empty)} as ${field}`, async () => {
        const user = await register(api);
        assertErrors(await put(user, { [field]: empty }), 422, { [field]: blank });
        assert.deepEqual({ ...(await read(user)), token: "" }, { ...user, token: "" });
      });
    }
  }

  test("refuses a short password and an email that is none", async () => {
    const user = await register(api);
    const errors = { password: ["is too short (minimum is 8 characters)"], email: ["is invalid"] };
    assertErrors(await put(user, { password: "short7c", email: "none" }), 422, errors);
  });

  test("refuses a change of nothing", async () => {
    const user = await register(api);
    assertErrors(await put(user, {}), 422, { user: blank });
    assertErrors(await put(user, { unknown: 1 }), 422, { user: blank });
    assertErrors(await api.put("/user", { token: user.token, json: {} }), 422, { user: blank });
  });

  test("refuses a username and an email of another user, but not its own", async () => {
    const [user, other] = [await register(api), await register(api)];
    assertErrors(await put(user, { username: other.username }), 409, { username: ["has already been taken"] });
    assertErrors(await put(user, { email: other.email }), 409, { email: ["has already been taken"] });
    assert.equal(userOf(await put(user, { username: user.username, email: user.email })).email, user.email);
  });
});
