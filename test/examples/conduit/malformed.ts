import fc from "fast-check";

/** A request as it may come from anybody. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface Form {
  readonly method: string;
  readonly path: string;
  readonly envelope: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Fields without which the body is wrong. */
  readonly required: readonly string[];
}

const user = { username: "someone", email: "someone@test.com", password: "password123" };
const article = { title: "A title", description: "About it", body: "All of it", tagList: ["a"] };

/** Every route that takes a body, with a body that fits. */
const forms: readonly Form[] = [
  { method: "POST", path: "/api/users", envelope: "user", fields: user, required: ["username", "email", "password"] },
  {
    method: "POST",
    path: "/api/users/login",
    envelope: "user",
    fields: { email: "nobody@test.com", password: "password123" },
    required: ["email", "password"],
  },
  { method: "PUT", path: "/api/user", envelope: "user", fields: { ...user, bio: "b", image: "i" }, required: [] },
  {
    method: "POST",
    path: "/api/articles",
    envelope: "article",
    fields: article,
    required: ["title", "description", "body"],
  },
  { method: "PUT", path: "/api/articles/some-slug", envelope: "article", fields: article, required: [] },
  {
    method: "POST",
    path: "/api/articles/some-slug/comments",
    envelope: "comment",
    fields: { body: "A comment" },
    required: ["body"],
  },
];

const form = fc.constantFrom(...forms);
const formWithRequired = fc.constantFrom(...forms.filter(({ required }) => required.length > 0));
const jsonType = { "content-type": "application/json" };

function filled({ method, path, envelope }: Form, fields: Record<string, unknown>): RawRequest {
  return { method, path, headers: jsonType, body: JSON.stringify({ [envelope]: fields }) };
}

function withBody({ method, path }: Form, body: string | Uint8Array, headers = jsonType): RawRequest {
  return { method, path, headers, body };
}

const validText = ({ envelope, fields }: Form): string => JSON.stringify({ [envelope]: fields });

function isJson(text: string): boolean {
  try {
    // RFC 8259 lets a reader ignore a byte order mark.
    JSON.parse(text.replace(/^\ufeff/, ""));
    return true;
  } catch {
    return false;
  }
}

const brokenJson = fc
  .record({
    form,
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat({ max: 12 }),
    noise: fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        "}",
        "]",
        '"',
        ",",
        ":",
        "\\",
        "\u0000",
        "\n",
        "/*",
        "NaN",
        "'",
        "\ufeff",
        "\\ud800",
        "1.e",
        "00",
      ),
    ),
  })
  .map(({ form, at, cut, noise }) => {
    const text = validText(form);
    const start = Math.floor(at * text.length);
    return { form, text: text.slice(0, start) + noise + text.slice(start + cut) };
  })
  .filter(({ text }) => text !== "" && !isJson(text))
  .map(({ form, text }) => withBody(form, text));

const notUtf8 = fc
  .record({
    form,
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.constantFrom(
      [0xff],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
      [0xe2, 0x28, 0xa1],
      [0x80],
    ),
  })
  .map(({ form, at, bytes }) => {
    const text = Buffer.from(validText(form));
    const start = Math.floor(at * text.length);
    return withBody(form, Buffer.concat([text.subarray(0, start), Buffer.from(bytes), text.subarray(start)]));
  });

const nested = fc
  .record({ form, depth: fc.integer({ min: 1, max: 20_000 }), array: fc.boolean(), field: fc.nat() })
  .map(({ form, depth, array, field }) => {
    const [open, close] = array ? ["[", "]"] : ['{"a":', "}"];
    const deep = `${open.repeat(depth)}${array ? "" : "1"}${close.repeat(depth)}`;
    const keys = Object.keys(form.fields);
    return withBody(form, `{"${form.envelope}":{"${keys[field % keys.length]}":${deep}}}`);
  });

/** Anything but what any field of these forms takes. */
const wrong = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
  fc.array(fc.oneof(fc.integer(), fc.constant(null), fc.constant([])), { minLength: 1, maxLength: 3 }),
);

const wrongType = fc.record({ form, field: fc.nat(), value: wrong }).map(({ form, field, value }) => {
  const keys = Object.keys(form.fields);
  const key = keys[field % keys.length] ?? "";
  // NaN and Infinity become null, which a nullable field takes.
  const nullable = (key === "bio" || key === "image") && JSON.stringify(value) === "null";
  return filled(form, { ...form.fields, [key]: nullable ? 1 : value });
});

const missingPart = fc
  .record({ form: formWithRequired, drop: fc.nat(), to: fc.constantFrom(undefined, null, "", "   ") })
  .map(({ form, drop, to }) =>
    filled(form, { ...form.fields, [form.required[drop % form.required.length] ?? ""]: to }),
  );

const wrongBody = fc
  .record({ form, value: fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined)), wrapped: fc.boolean() })
  .filter(({ value }) => typeof value !== "object" || value === null || Array.isArray(value))
  .map(({ form, value, wrapped }) =>
    withBody(form, JSON.stringify(wrapped ? { [form.envelope]: value } : value) ?? ""),
  );

const hugeNumber = fc
  .record({
    form,
    field: fc.nat(),
    number: fc.constantFrom(
      "1e400",
      "-1e400",
      "9".repeat(400),
      "1e-400",
      "123456789012345678901234567890",
      `0.${"1".repeat(5000)}`,
    ),
  })
  .map(({ form, field, number }) => {
    const keys = Object.keys(form.fields);
    return withBody(form, `{"${form.envelope}":{"${keys[field % keys.length]}":${number}}}`);
  });

const poison = fc
  .record({
    form: formWithRequired,
    key: fc.constantFrom("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "\\u005f_proto__"),
    value: fc.constantFrom("null", "1", '{"isAdmin":true}', '{"prototype":{"isAdmin":true}}', "[]"),
    inside: fc.boolean(),
  })
  .map(({ form, key, value, inside }) => {
    const member = `"${key}":${value}`;
    return withBody(form, inside ? `{"${form.envelope}":{${member}}}` : `{${member},"${form.envelope}":{${member}}}`);
  });

const duplicateKeys = fc
  .record({ form, field: fc.nat(), times: fc.integer({ min: 2, max: 50 }), whole: fc.boolean() })
  .map(({ form, field, times, whole }) => {
    const keys = Object.keys(form.fields);
    const key = keys[field % keys.length] ?? "";
    const member = whole ? `"${form.envelope}":{}` : `"${key}":1`;
    const members = Array.from({ length: times }, () => member).join(",");
    return withBody(form, whole ? `{${members}}` : `{"${form.envelope}":{${members}}}`);
  });

const wrongContentType = fc
  .record({
    form,
    type: fc.constantFrom(
      "text/plain",
      "multipart/form-data; boundary=x",
      "application/json; charset=utf-16",
      "json",
      ",",
      "/",
      "\t",
      "a/b;c",
    ),
  })
  .map(({ form, type }) => withBody(form, validText(form), { "content-type": type }));

const number = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "0",
    "-1",
    "1.5",
    "1e2",
    "NaN",
    "Infinity",
    "0x1f",
    "1_000",
    "٣",
    "9".repeat(30),
    "null",
    "%00",
    "%F0%9F",
  ),
  fc
    .string({ minLength: 1, maxLength: 6 })
    .filter((text) => !/^\s*[+-]?\d+\s*$/.test(text))
    .map(encodeURIComponent),
);
const badQuery = fc
  .record({
    path: fc.constantFrom("/api/articles", "/api/articles/feed"),
    name: fc.constantFrom("limit", "offset"),
    value: number,
  })
  .filter(({ name, value }) => !(name === "offset" && value === "0"))
  .map(({ path, name, value }) => ({ method: "GET", path: `${path}?${name}=${value}`, headers: {} }));

const repeatedQuery = fc
  .record({
    name: fc.constantFrom("limit", "offset", "tag", "author", "favorited"),
    times: fc.integer({ min: 2, max: 40 }),
  })
  .map(({ name, times }) => {
    const query = Array.from({ length: times }, (_, index) => `${name}=${index + 1}`).join("&");
    return { method: "GET", path: `/api/articles?${query}`, headers: {} };
  });

const percent = fc.oneof(
  fc.constantFrom("%", "%0", "%zz", "%ff", "%00", "%c0%af", "%ED%A0%80", "%u0041", "%2e%2e%2f", "%25%", "..%5c"),
  fc.string({ maxLength: 5 }).map((text) => `%${encodeURIComponent(text)}`),
);
const badPath = fc
  .record({
    method: fc.constantFrom("GET", "PUT", "DELETE", "POST"),
    path: fc.constantFrom(
      "/api/profiles/*",
      "/api/profiles/*/follow",
      "/api/articles/*",
      "/api/articles/*/comments/*",
      "/*",
    ),
    parts: fc.array(percent, { minLength: 1, maxLength: 3 }),
  })
  .map(({ method, path, parts }) => ({ method, path: path.replaceAll("*", parts.join("-")), headers: {} }));

const longPath = fc
  .record({ part: fc.string({ minLength: 1, maxLength: 10 }), times: fc.integer({ min: 20, max: 400 }) })
  .map(({ part, times }) => ({
    method: "GET",
    path: `/api/articles/${encodeURIComponent(part.repeat(times))}`,
    headers: {},
  }));

const headerText = fc.string({
  unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 60,
});
const badToken = fc
  .record({
    method: fc.constantFrom("GET", "PUT"),
    authorization: fc.oneof(
      headerText,
      headerText.map((text) => `Token ${text}`),
      headerText.map((text) => `Bearer ${text}`),
      fc.tuple(headerText, headerText, headerText).map((parts) => `Token ${parts.join(".")}`),
      fc
        .tuple(fc.jsonValue(), fc.jsonValue())
        .map(
          ([head, claims]) =>
            `Token ${[head, claims, ""].map((part) => Buffer.from(JSON.stringify(part) ?? "").toString("base64url")).join(".")}`,
        ),
    ),
  })
  .map(({ method, authorization }) => ({ method, path: "/api/user", headers: { authorization } }));

const wrongMethod = fc
  .record({
    method: fc.constantFrom("PATCH", "DELETE", "PUT", "POST", "TRACE", "PROPFIND", "SEARCH", "LOCK"),
    path: fc.constantFrom("/api/tags", "/api/articles/feed", "/api/nothing", "/api", "/"),
  })
  .map(({ method, path }) => ({ method, path, headers: {} }));

/** The kinds of requests that are malformed for certain: each must be answered by a status from 400 to 499. */
export const malformed: Readonly<Record<string, fc.Arbitrary<RawRequest>>> = {
  "JSON that is none": brokenJson,
  "bytes that are no UTF-8": notUtf8,
  "deep nesting": nested,
  "values of the wrong type": wrongType,
  "missing parts": missingPart,
  "bodies of another form": wrongBody,
  "huge numbers": hugeNumber,
  "keys of prototypes": poison,
  "duplicate keys": duplicateKeys,
  "other content types": wrongContentType,
  "queries that are no numbers": badQuery,
  "queries given more than once": repeatedQuery,
  "bad percent-encoding": badPath,
  "long paths": longPath,
  "tokens that are none": badToken,
  "methods that a path does not have": wrongMethod,
};
