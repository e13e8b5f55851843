import assert from "node:assert/strict";
import { test } from "node:test";
import { password, register, unique } from "./actors.ts";
import { assertErrors, errorsOf, userOf } from "./shapes.ts";
import { conduit } from "./targets.ts";

const blank = ["can't be blank"];

conduit("users", (api) => {
  const post = (user: unknown) => api.post("/users", { json: { user } });
  const login = (user: unknown) => api.post("/users/login", { json: { user } });

  test("registers a user with neither bio nor image", async () => {
    const username = unique("new");
    const user = userOf(await post({ username, email: `${username}@test.com`, password }), 201);
    assert.equal(user.username, username);
    assert.equal(user.email, `${username}@test.com`);
    assert.equal(user.bio, null);
    assert.equal(user.image, null);
    assert.match(user.token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test("never answers with a password or its hash", async () => {
    const username = unique("quiet");
    const answer = await post({ username, email: `${username}@test.com`, password });
    assert.doesNotMatch(answer.text, /password|scrypt/);
  });

  test("ignores what a new user does not have", async () => {
    const username = unique("extra");
    const user = userOf(
      await post({ username, email: `${username}@test.com`, password, bio: "sneaked in", id: 1, passwordHash: "x" }),
      201,
    );
    assert.equal(user.bio, null);
  });

  for (const field of ["username", "email", "password"]) {
    const valid = () => ({ username: unique("blank"), email: `${unique("blank")}@test.com`, password });

    test(`refuses an empty ${field}`, async () => {
      assertErrors(await post({ ...valid(), [field]: "" }), 422, { [field]: blank });
    });
    test(`refuses a missing ${field}`, async () => {
      assertErrors(await post({ ...valid(), [field]: undefined }), 422, { [field]: blank });
    });
    test(`refuses null as ${field}`, async () => {
      assertErrors(await post({ ...valid(), [field]: null }), 422, { [field]: blank });
    });
    test(`refuses a number as ${field}`, async () => {
      assertErrors(await post({ ...valid(), [field]: 12345678 }), 422, { [field]: ["is invalid"] });
    });
  }

  test("refuses a username and an email of spaces alone", async () => {
    const errors = errorsOf(await post({ username: "  ", email: " ", password }), 422);
    assert.deepEqual(errors.username, blank);
    assert.deepEqual(errors.email?.[0], blank[0]);
  });

  test("reports everything that is wrong at once", async () => {
    assertErrors(await post({}), 422, { username: blank, email: blank, password: blank });
  });

  test("refuses an email that is none", async () => {
    for (const email of ["nobody", "no body@test.com", "@test.com", "a@", "a@b@test.com"]) {
      assertErrors(await post({ username: unique("mail"), email, password }), 422, { email: ["is invalid"] });
    }
  });

  test("refuses a password of 7 characters and takes one of 8 and one of 64", async () => {
    const withPassword = (value: string) => {
      const username = unique("pass");
      return post({ username, email: `${username}@test.com`, password: value });
    };
    assertErrors(await withPassword("short7c"), 422, { password: ["is too short (minimum is 8 characters)"] });
    userOf(await withPassword("bonjour1"), 201);
    userOf(await withPassword("a".repeat(64)), 201);
  });

  test("refuses a body without its envelope", async () => {
    const username = unique("bare");
    const bare = { username, email: `${username}@test.com`, password };
    assertErrors(await api.post("/users", { json: bare }), 422, { user: blank });
    assert.deepEqual(Object.keys(errorsOf(await api.post("/users", { json: { user: null } }), 422)), ["user"]);
    assertErrors(await api.post("/users", { json: {} }), 422, { user: blank });
  });

  test("refuses a username that somebody has", async () => {
    const { username } = await register(api);
    const answer = await post({ username, email: `${unique("other")}@test.com`, password });
    assertErrors(answer, 409, { username: ["has already been taken"] });
  });

  test("refuses an email that somebody has, in any case", async () => {
    const { email } = await register(api);
    for (const taken of [email, email.toUpperCase()]) {
      const answer = await post({ username: unique("other"), email: taken, password });
      assertErrors(answer, 409, { email: ["has already been taken"] });
    }
  });

  test("lets one of many that want the same name at the same time have it", async () => {
    const username = unique("race");
    const attempts = Array.from({ length: 8 }, (_, index) =>
      post({ username, email: `${username}_${index}@test.com`, password }),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
  });

  test("logs a user in", async () => {
    const { username, email } = await register(api);
    const user = userOf(await login({ email, password }));
    assert.equal(user.username, username);
    const current = userOf(await api.get("/user", { token: user.token }));
    assert.equal(current.email, email);
  });

  test("logs a user in whatever the case of the email", async () => {
    const { email } = await register(api);
    assert.equal(userOf(await login({ email: email.toUpperCase(), password })).email, email);
  });

  test("does not say whether it is the email or the password that is wrong", async () => {
    const { email } = await register(api);
    assertErrors(await login({ email, password: "wrongpassword" }), 401, { credentials: ["invalid"] });
    const unknown = await login({ email: `${unique("nobody")}@test.com`, password });
    assertErrors(unknown, 401, { credentials: ["invalid"] });
  });

  test("refuses an empty email or password at login", async () => {
    const { email } = await register(api);
    assertErrors(await login({ email: "", password }), 422, { email: blank });
    assertErrors(await login({ email, password: "" }), 422, { password: blank });
    assertErrors(await login({}), 422, { email: blank, password: blank });
  });
});
