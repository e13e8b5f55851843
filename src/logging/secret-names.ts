// Matched as a whole, in lower case and without separators.
const exact = new Set(
  "pass pwd auth bearer sid session sessionid csrf xsrf otp cvv cvc pin ssn cardnumber creditcard creditcardnumber".split(
    " ",
  ),
);

// Matched as one of the words of a name: userPassword, password_hash, PASSWORD-2.
const words = new Set(
  "password passwords passwd passphrase secret secrets authorization cookie cookies jwt credential credentials apikey".split(
    " ",
  ),
);

// Matched at the end, also where the words run together: accesstoken, x-api-key, AWS_SECRET_ACCESS_KEY.
const endings = (
  "password passwd passphrase secret token authorization cookie jwt credential credentials " +
  "apikey accesskey privatekey secretkey signingkey encryptionkey"
).split(" ");

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

function isKnown(name: string): boolean {
  const whole = plain(name).replace(/\d+$/, "");
  if (exact.has(whole) || endings.some((ending) => whole.endsWith(ending))) return true;
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/);
  return parts.some((part) => words.has(part));
}

const cacheLimit = 10_000;

/**
 * Makes the test whether a field, header or parameter of some name holds a secret.
 *
 * @param further names beside the known ones; case and separators do not matter
 * @returns the test, which remembers its answers
 */
export function secretNames(further: readonly string[] = []): (name: string) => boolean {
  const own = new Set(further.map(plain));
  const known = new Map<string, boolean>();
  return (name) => {
    let secret = known.get(name);
    if (secret === undefined) {
      secret = isKnown(name) || own.has(plain(name));
      // Names come from outside too; a stranger must not grow this without end.
      if (known.size >= cacheLimit) known.clear();
      known.set(name, secret);
    }
    return secret;
  };
}
