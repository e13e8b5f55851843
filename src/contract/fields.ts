import { Buffer } from "node:buffer";
import type { ObjectId } from "bson";
import type { Decimal } from "decimal.js";
import { z } from "zod";
import { importPeerNow, requirePeer } from "../errors/peer.ts";
import { type Field, field } from "./field.ts";
import { Secret } from "./secret.ts";

/** Options of {@link decimal}. */
export interface DecimalOptions {
  /** The most digits a number may have, before and after the point; 1000 unless given. */
  readonly precision?: number;
  /** The most digits after the point; as many as `precision` allows unless given. */
  readonly scale?: number;
}

const decimalForm = /^[+-]?\d+(?:\.\d+)?$/;

const zero = 0x30;

/** Digits in all and after the point, without zeros that say nothing, of a text of that form. */
function digitsOf(text: string): { readonly all: number; readonly fraction: number } {
  const point = text.indexOf(".");
  const end = point === -1 ? text.length : point;
  const fraction = point === -1 ? 0 : text.length - point - 1;
  let start = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
  while (start < end && text.charCodeAt(start) === zero) start += 1;
  return { all: end - start + fraction, fraction };
}

/**
 * An exact decimal number: a string on the wire, a `Decimal` of decimal.js in the program. JSON numbers are refused,
 * because a floating-point number would have come in between. Needs the package `decimal.js`.
 *
 * @param options the most digits, in all and after the point
 * @returns a Zod codec
 * @throws KilnError KILN_PEER_MISSING when decimal.js is not installed
 *
 * @example
 * ```ts
 * import { decimal, model } from "kilnjs";
 * export const Price = model("Price", { amount: decimal({ precision: 12, scale: 2 }) });   // {"amount": "9.95"}
 * ```
 */
export function decimal(options: DecimalOptions = {}): Field<z.ZodCustom<Decimal, Decimal>> {
  // The package is the one that the type was imported from.
  const { Decimal: DecimalClass } = importPeerNow("decimal.js", "decimal()") as { Decimal: typeof Decimal };
  const { precision = 1000, scale = precision } = options;
  const fits = (text: string): boolean => {
    if (text.length > precision + 64 || !decimalForm.test(text)) return false;
    const digits = digitsOf(text);
    return digits.all <= precision && digits.fraction <= scale;
  };
  const after = options.scale === undefined ? "" : ` with at most ${options.scale} digits after the point`;
  return field({
    out: z.custom<Decimal>((value) => DecimalClass.isDecimal(value), "Must be a Decimal"),
    decode: (text) => (fits(text) ? new DecimalClass(text) : undefined),
    encode: (value) => writeDecimal(value, fits),
    message: `Must be a decimal number in a string${after}, such as "9.95"`,
    wireSchema: { pattern: scalePattern(options.scale) },
  });
}

function scalePattern(scale: number | undefined): string {
  if (scale === 0) return "^[+-]?\\d+$";
  return scale === undefined ? "^[+-]?\\d+(\\.\\d+)?$" : `^[+-]?\\d+(\\.\\d{1,${scale}})?$`;
}

function writeDecimal(value: Decimal, fits: (text: string) => boolean): string | undefined {
  // A number with a huge exponent would be written out as so many zeros.
  if (!value.isFinite() || Math.abs(value.e) > 2000) return undefined;
  const text = value.isZero() ? "0" : value.toFixed();
  return fits(text) ? text : undefined;
}

/**
 * A MongoDB ObjectId: 24 hexadecimal digits on the wire, an `ObjectId` in the program. Needs the package `bson`, which
 * `mongodb` brings along.
 *
 * @returns a Zod codec
 * @throws KilnError KILN_PEER_MISSING when bson is not installed
 *
 * @example
 * ```ts
 * import { model, objectId } from "kilnjs";
 * export const Doc = model("Doc", { id: objectId() });   // {"id": "507f1f77bcf86cd799439011"}
 * ```
 */
export function objectId(): Field<z.ZodCustom<ObjectId, ObjectId>> {
  // The copy that mongodb has too; the type was imported from the same package.
  const { ObjectId: ObjectIdClass } = requirePeer("bson", "objectId()") as { ObjectId: typeof ObjectId };
  return field({
    out: z.custom<ObjectId>(isObjectId, "Must be an ObjectId"),
    decode: (text) => (/^[0-9a-fA-F]{24}$/.test(text) ? new ObjectIdClass(text) : undefined),
    encode: (value) => value.toHexString(),
    message: "Must be an object id of 24 hexadecimal digits",
    wireSchema: { pattern: "^[0-9a-fA-F]{24}$" },
  });
}

/** Told by bson's own mark: a driver may bring a copy of bson, whose class is another one. */
function isObjectId(value: unknown): boolean {
  return typeof value === "object" && value !== null && "_bsontype" in value && value._bsontype === "ObjectId";
}

/** Options of {@link bytes}. */
export interface BytesOptions {
  /** The most bytes, after base64 is decoded. */
  readonly maxLength?: number;
}

const base64Form = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Bytes: base64 with padding on the wire, a `Uint8Array` in the program.
 *
 * @param options `maxLength` in bytes
 * @returns a Zod codec
 *
 * @example
 * ```ts
 * import { bytes, model } from "kilnjs";
 * export const Avatar = model("Avatar", { image: bytes({ maxLength: 65_536 }) });
 * ```
 */
export function bytes(options: BytesOptions = {}): Field<z.ZodCustom<Uint8Array, Uint8Array>> {
  const { maxLength = Number.POSITIVE_INFINITY } = options;
  const most = maxLength === Number.POSITIVE_INFINITY ? "" : ` of at most ${maxLength} bytes`;
  return field({
    out: z.custom<Uint8Array>((value) => value instanceof Uint8Array, "Must be a Uint8Array"),
    decode: (text) => {
      if (text.length % 4 !== 0 || (text.length / 4) * 3 - 2 > maxLength || !base64Form.test(text)) return undefined;
      // Copied, because Node cuts small buffers out of a pool that others can see through `.buffer`.
      const read = new Uint8Array(Buffer.from(text, "base64"));
      return read.length <= maxLength ? read : undefined;
    },
    encode: (value) =>
      value.length <= maxLength
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")
        : undefined,
    message: `Must be base64${most}`,
    wireSchema: {
      contentEncoding: "base64",
      ...(maxLength === Number.POSITIVE_INFINITY ? {} : { maxLength: Math.ceil(maxLength / 3) * 4 }),
    },
  });
}

/**
 * A text that must not show: a string on the wire, a {@link Secret} in the program. Where it is sent after all, `***` is.
 *
 * @param inner what the text must be; not empty unless given
 * @returns a Zod codec
 *
 * @example
 * ```ts
 * import { model, secret } from "kilnjs";
 * import { z } from "zod";
 * export const Login = model("Login", { name: z.string(), password: secret(z.string().min(12)) });
 * ```
 */
export function secret(inner: z.ZodType<string, string> = z.string().min(1)): Field<z.ZodCustom<Secret, Secret>> {
  return field({
    text: inner,
    out: z.custom<Secret>((value) => value instanceof Secret, "Must be a Secret"),
    decode: (text) => new Secret(text),
    encode: String,
    message: "Must be a string",
    wireSchema: { format: "password", writeOnly: true },
  });
}

/**
 * An email address, a string.
 *
 * @returns a Zod schema
 *
 * @example
 * ```ts
 * import { email, model } from "kilnjs";
 * export const Contact = model("Contact", { address: email() });
 * ```
 */
export function email(): z.ZodEmail {
  return z.email();
}

/**
 * A web address, a string: `http` and `https` only, so that a link made of it can never run a script.
 *
 * @returns a Zod schema
 *
 * @example
 * ```ts
 * import { model, url } from "kilnjs";
 * export const Bookmark = model("Bookmark", { link: url() });
 * ```
 */
export function url(): z.ZodURL {
  return z.url({ protocol: /^https?$/, error: "Must be a URL that begins with http:// or https://" });
}
