import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { resource } from "kilnjs";
import { settings } from "./settings.ts";

// The asynchronous scrypt works in libuv's thread pool: a login costs memory and time, but not the event loop's.
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const blockSize = 8;
const parallelization = 5;
const keyBytes = 32;

function optionsFor(cost: number): ScryptOptions {
  // What scrypt needs is 128 * cost * blockSize bytes; its default limit is just below that of the default cost.
  return { N: cost, r: blockSize, p: parallelization, maxmem: 256 * cost * blockSize };
}

/** Turns passwords into hashes and compares them. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for a user who does not exist (`hash` undefined) as for a wrong password. */
  matches(password: string, hash: string | undefined): Promise<boolean>;
}

/** The cost stands in the hash, so that it can be raised without locking anybody out. */
export function makePasswords(cost: number): Passwords {
  async function hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await derive(password.normalize("NFKC"), salt, keyBytes, optionsFor(cost));
    return ["scrypt", cost, salt.toString("base64url"), key.toString("base64url")].join("$");
  }
  const nobody = hash(randomBytes(16).toString("base64url"));

  async function matches(password: string, stored: string | undefined): Promise<boolean> {
    const [, storedCost, salt = "", key = ""] = (stored ?? (await nobody)).split("$");
    const expected = Buffer.from(key, "base64url");
    const options = optionsFor(Number(storedCost));
    const actual = await derive(password.normalize("NFKC"), Buffer.from(salt, "base64url"), keyBytes, options);
    return timingSafeEqual(actual, expected) && stored !== undefined;
  }

  return { hash, matches };
}

export const passwords = resource({ settings }, function* passwords({ settings }) {
  yield makePasswords(settings.passwordCost);
});
