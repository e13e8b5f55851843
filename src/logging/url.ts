import { secretNames } from "./secret-names.ts";

const longest = 2048;
const isSecretName = secretNames();

function decoded(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Broken encodings stay, the sound ASCII ones are read, so that one bad byte cannot hide a name.
    return spaced.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

function maskedPair(pair: string, secretParams: ReadonlySet<string>): string {
  const equals = pair.indexOf("=");
  if (equals < 0) return pair;
  const name = decoded(pair.slice(0, equals));
  return secretParams.has(name) || isSecretName(name) ? `${pair.slice(0, equals)}=***` : pair;
}

/**
 * The target of a request as it may stand in a log: values of secret parameters are `***`, also the password of an
 * absolute URL, and what is longer than 2048 characters is cut.
 *
 * @param url path and query as sent, well-formed or not
 * @param secretParams names of the parameters that routes declare as secret; well-known names are masked in any case
 */
export function loggablePath(url: string, secretParams: ReadonlySet<string>): string {
  const question = url.indexOf("?");
  let text = url;
  if (question >= 0) {
    // A semicolon separates for some parsers, so a secret may stand behind one.
    const parts = url.slice(question + 1).split(/([&;?#])/);
    const masked = parts.map((part, i) => (i % 2 === 0 ? maskedPair(part, secretParams) : part)).join("");
    text = url.slice(0, question + 1) + masked;
  }
  if (text.includes("://")) text = maskCredentials(text);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Masks passwords and parameters with well-known secret names in every URL of a text. */
export function maskUrls(text: string): string {
  return maskCredentials(text).replace(
    /([?&;])([^=&;\s#]{1,64})=([^&;\s#"']*)/g,
    (whole, mark: string, name: string) => (isSecretName(decoded(name)) ? `${mark}${name}=***` : whole),
  );
}

function maskCredentials(text: string): string {
  return text.replace(/(:\/\/[^\s/?#:@]*:)[^\s/?#]*@/g, "$1***@");
}
