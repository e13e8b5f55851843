import { body, model, router } from "kilnjs";
import { z } from "zod";
import { currentUser, tokens } from "./auth.ts";
import { database, db, transaction } from "./db.ts";
import { CredentialsInvalid, EmailTaken, UsernameTaken } from "./errors.ts";
import { blank, nullableText, text } from "./fields.ts";
import { passwords } from "./passwords.ts";
import { findUserByEmail, insertUser, updateUser } from "./user-queries.ts";
import { sendWelcome } from "./welcome.ts";

const User = model("User", {
  email: z.string(),
  token: z.string(),
  username: z.string(),
  bio: z.string().nullable(),
  image: z.string().nullable(),
});
const UserResponse = model("UserResponse", { user: User });

const givenPassword = z
  .string({ error: ({ input }) => (input === undefined || input === null ? blank : "is invalid") })
  .min(1, { error: blank, abort: true })
  .max(1000, "is too long (maximum is 1000 characters)");
// NIST SP 800-63B: at least 8 characters, and no rules about which.
const newPassword = givenPassword.min(8, "is too short (minimum is 8 characters)");

const NewUser = model("NewUser", {
  username: text(100),
  email: text(320).pipe(z.email("is invalid")),
  password: newPassword,
});
const nullables = { bio: nullableText(10_000), image: nullableText(10_000) };
const UpdateUser = model(
  "UpdateUser",
  NewUser.extend(nullables)
    .partial()
    .refine((changes) => Object.keys(changes).length > 0, blank),
);
const LoginUser = model("LoginUser", { email: text(320), password: givenPassword });

export const users = router({ tags: ["User and Authentication"] });

users.post(
  "/users",
  {
    summary: "Register a user",
    needs: {
      user: body(NewUser, { name: "user" }),
      passwords,
      transaction,
      tx: db.transaction,
      welcome: sendWelcome,
      tokens,
    },
    returns: UserResponse,
    status: 201,
    raises: [UsernameTaken, EmailTaken],
  },
  async ({ user, passwords, transaction, tx, welcome, tokens }) => {
    const { password, ...rest } = user;
    const saved = await insertUser(transaction, { ...rest, passwordHash: await passwords.hash(password) });
    await welcome({ userId: saved.id }, { tx });
    return { user: { ...saved, token: await tokens.issue(saved.id) } };
  },
);

users.post(
  "/users/login",
  {
    summary: "Log in",
    needs: { user: body(LoginUser, { name: "user" }), database, passwords, tokens },
    returns: UserResponse,
    raises: [CredentialsInvalid],
  },
  async ({ user, database, passwords, tokens }) => {
    const found = await findUserByEmail(database, user.email);
    const matches = await passwords.matches(user.password, found?.passwordHash);
    if (found === undefined || !matches) throw new CredentialsInvalid();
    return { user: { ...found, token: await tokens.issue(found.id) } };
  },
);

users.get(
  "/user",
  { summary: "The current user", needs: { user: currentUser, tokens }, returns: UserResponse },
  async ({ user, tokens }) => ({ user: { ...user, token: await tokens.issue(user.id) } }),
);

users.put(
  "/user",
  {
    summary: "Change the current user",
    needs: { current: currentUser, user: body(UpdateUser, { name: "user" }), database, passwords, tokens },
    returns: UserResponse,
    raises: [UsernameTaken, EmailTaken],
  },
  async ({ current, user, database, passwords, tokens }) => {
    const { password, ...changes } = user;
    const hash = password === undefined ? {} : { passwordHash: await passwords.hash(password) };
    const saved = await updateUser(database, current.id, { ...changes, ...hash });
    return { user: { ...saved, token: await tokens.issue(saved.id) } };
  },
);
