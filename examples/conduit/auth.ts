import { errors, jwtVerify, SignJWT } from "jose";
import { bearer, depends, resource } from "kilnjs";
import { database } from "./db.ts";
import { TokenInvalid } from "./errors.ts";
import { settings } from "./settings.ts";
import { findUser, type User } from "./user-queries.ts";

/** Makes and reads the tokens that stand for a user. */
export interface Tokens {
  issue(userId: number): Promise<string>;
  /** The user id in a token. Throws TokenInvalid for one that is not ours or has expired. */
  verify(token: string): Promise<number>;
}

const algorithm = "HS256";

export const tokens = resource({ settings }, function* tokens({ settings }) {
  const key = new TextEncoder().encode(settings.jwtSecret.reveal());
  const made: Tokens = {
    issue: (userId) =>
      new SignJWT()
        .setProtectedHeader({ alg: algorithm })
        .setSubject(String(userId))
        .setIssuedAt()
        .setExpirationTime(settings.tokenLifetime)
        .sign(key),
    async verify(token) {
      // Naming the algorithm is what keeps a token from choosing its own, "none" included.
      const claims = await jwtVerify(token, key, { algorithms: [algorithm], requiredClaims: ["sub", "exp"] }).then(
        ({ payload }) => payload,
        (error: unknown) => Promise.reject(error instanceof errors.JOSEError ? new TokenInvalid() : error),
      );
      return Number(claims.sub);
    },
  };
  yield made;
});

// `Authorization: Token <jwt>`
const scheme = { prefix: "Token", schemeName: "Token" };

/** The user whose token the request carries. */
export const currentUser = depends(
  { token: bearer(scheme), tokens, database },
  async function currentUser({ token, tokens, database }): Promise<User> {
    const user = await findUser(database, await tokens.verify(token));
    if (user === undefined) throw new TokenInvalid();
    return user;
  },
  { raises: [TokenInvalid] },
);

/** The id of the user whose token the request carries, where anybody may ask. A token that is sent must be good. */
export const viewer = depends(
  { token: bearer({ ...scheme, optional: true }), tokens },
  async function viewer({ token, tokens }): Promise<number | undefined> {
    return token === undefined ? undefined : tokens.verify(token);
  },
  { raises: [TokenInvalid] },
);
