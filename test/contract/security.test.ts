import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { HttpError } from "../../src/contract/http-error.ts";
import { definition, type Provider, type RequestHead, type SchemeDefinition } from "../../src/contract/provider.ts";
import { safeEqual } from "../../src/contract/safe-equal.ts";
import type { Secret } from "../../src/contract/secret.ts";
import { apiKey, basic, bearer, oauth2Password, openIdConnect } from "../../src/contract/security.ts";
import { Unauthorized } from "../../src/contract/security-scheme.ts";

function schemeOf(provider: Provider<unknown>): SchemeDefinition {
  const { [definition]: found } = provider;
  assert.equal(found.kind, "scheme");
  return found as SchemeDefinition;
}

interface Sent {
  readonly authorization?: string | string[];
  readonly headers?: RequestHead["headers"];
  readonly cookies?: RequestHead["cookies"];
  readonly queryString?: string;
}

function read(
  provider: Provider<unknown>,
  { authorization, headers = {}, cookies = {}, queryString = "" }: Sent,
): unknown {
  return schemeOf(provider).read({ headers: { ...headers, authorization }, cookies, queryString });
}

/** The challenge of the 401 that a request gets. */
function challenged(provider: Provider<unknown>, sent: Sent): string {
  try {
    read(provider, sent);
  } catch (error) {
    assert.ok(error instanceof Unauthorized);
    assert.ok(error instanceof HttpError);
    assert.equal(error.status, 401);
    assert.equal(error.code, "unauthorized");
    return error.headers["www-authenticate"] ?? "";
  }
  return assert.fail("it was let through");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

describe("bearer", () => {
  test("gives the token, whatever the case of the scheme", () => {
    assert.equal(read(bearer(), { authorization: "Bearer abc.DEF-1~2_3+4/5==" }), "abc.DEF-1~2_3+4/5==");
    assert.equal(read(bearer(), { authorization: "bEARER t" }), "t");
  });

  test("challenges a request without a token, and one with another scheme, without naming an error", () => {
    assert.equal(challenged(bearer(), {}), 'Bearer realm="api"');
    assert.equal(challenged(bearer(), { authorization: `Basic ${base64("a:b")}` }), 'Bearer realm="api"');
    assert.equal(challenged(bearer(), { authorization: "Bearerx t" }), 'Bearer realm="api"');
  });

  for (const authorization of [
    "Bearer",
    "Bearer ",
    "Bearer  two",
    "Bearer a b",
    "Bearer a,b",
    "Bearer a\tb",
    "Bearer a\u0000",
    "Bearer ü",
    "Bearer a=b",
    "Bearer a===",
    'Bearer "a"',
    `Bearer ${"a".repeat(8193)}`,
    ["Bearer a", "Bearer b"],
  ]) {
    test(`refuses ${JSON.stringify(authorization).slice(0, 40)}, also where it is optional`, () => {
      const challenge = 'Bearer realm="api", error="invalid_token"';
      assert.equal(challenged(bearer(), { authorization }), challenge);
      assert.equal(challenged(bearer({ optional: true }), { authorization }), challenge);
    });
  }

  test("lets a request without a token through where it is optional", () => {
    assert.equal(read(bearer({ optional: true }), {}), undefined);
    assert.equal(read(bearer({ optional: true }), { authorization: "Bearer t" }), "t");
  });

  test("takes another prefix, realm and scopes into the challenge", () => {
    const token = bearer({ prefix: "Token", realm: 'the "blog"\\', scopes: ["a", "b"] });
    assert.equal(read(token, { authorization: "token t" }), "t");
    assert.equal(challenged(token, { authorization: "Bearer t" }), 'Token realm="the \\"blog\\"\\\\", scope="a b"');
    assert.equal(schemeOf(token).challenge, 'Token realm="the \\"blog\\"\\\\", scope="a b"');
  });

  test("refuses to be declared with what cannot stand in a header", () => {
    assert.throws(() => bearer({ prefix: "To ken" }), { code: "KILN_SECURITY_SCHEME" });
    assert.throws(() => bearer({ prefix: "" }), { code: "KILN_SECURITY_SCHEME" });
    assert.throws(() => bearer({ realm: "a\r\nx-evil: 1" }), { code: "KILN_SECURITY_SCHEME" });
    assert.throws(() => bearer({ scopes: ["ü"] }), { code: "KILN_SECURITY_SCHEME" });
    assert.throws(() => apiKey({ in: "header", name: "my key" }), { code: "KILN_SECURITY_SCHEME" });
    assert.throws(() => apiKey({ in: "cookie", name: "a=b" }), { code: "KILN_SECURITY_SCHEME" });
  });

  test("oauth2 and OpenID Connect read the same header", () => {
    const sent = { authorization: "Bearer t" };
    assert.equal(read(oauth2Password({ tokenUrl: "/token" }), sent), "t");
    assert.equal(read(openIdConnect({ url: "https://id.example.com" }), sent), "t");
    const scopes = { read: "Read" };
    assert.equal(
      challenged(oauth2Password({ tokenUrl: "/token", scopes, requires: ["read"] }), {}),
      'Bearer realm="api", scope="read"',
    );
  });
});

describe("basic", () => {
  const pair = (text: string): unknown => {
    const found = read(basic(), { authorization: `Basic ${base64(text)}` }) as {
      username: string;
      password: Secret<string>;
    };
    return [found.username, found.password.reveal()];
  };

  test("gives user name and password", () => {
    assert.deepEqual(pair("user:pass"), ["user", "pass"]);
    assert.deepEqual(pair("user:a:b:"), ["user", "a:b:"]);
    assert.deepEqual(pair(":"), ["", ""]);
    assert.deepEqual(pair("zoë:pässwörd🔑"), ["zoë", "pässwörd🔑"]);
  });

  test("does not print the password", () => {
    const found = read(basic(), { authorization: `Basic ${base64("user:s3cret")}` });
    assert.doesNotMatch(`${inspect(found, { depth: 9 })}${JSON.stringify(found)}`, /s3cret/);
  });

  test("challenges as RFC 7617 says", () => {
    assert.equal(challenged(basic({ realm: "admin" }), {}), 'Basic realm="admin", charset="UTF-8"');
  });

  const latin1 = Buffer.from("zo\u00eb:x", "latin1").toString("base64");
  for (const [why, credentials] of [
    ["no Base64", "!!!!"],
    ["Base64 without its padding", base64("a:bc").replace("=", "")],
    ["Base64 with bits left over", "YTpiYx=="],
    ["the other alphabet", "YTo_"],
    ["no colon", base64("user")],
    ["a control character", base64("us\ner:x")],
    ["no UTF-8", latin1],
    ["two", `${base64("a:b")} ${base64("c:d")}`],
    ["nothing", ""],
  ]) {
    test(`refuses ${why}`, () => {
      const expected = 'Basic realm="api", charset="UTF-8"';
      assert.equal(challenged(basic(), { authorization: `Basic ${credentials}` }), expected);
      assert.equal(challenged(basic({ optional: true }), { authorization: `Basic ${credentials}` }), expected);
    });
  }

  test("gives back every pair that can be sent", () => {
    const clean = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(
        clean.filter((name) => !name.includes(":")),
        clean,
        (name, password) => {
          assert.deepEqual(pair(`${name}:${password}`), [name, password]);
        },
      ),
    );
  });
});

describe("apiKey", () => {
  test("reads a header whatever its case, a cookie, a query parameter", () => {
    assert.equal(read(apiKey({ in: "header", name: "X-API-Key" }), { headers: { "x-api-key": "k 1" } }), "k 1");
    assert.equal(read(apiKey({ in: "cookie", name: "session" }), { cookies: { session: "k" } }), "k");
    assert.equal(read(apiKey({ in: "query", name: "key" }), { queryString: "a=1&key=k%201" }), "k 1");
  });

  const header = apiKey({ in: "header", name: "x-key" });
  const query = apiKey({ in: "query", name: "key" });
  const cases: readonly (readonly [string, Provider<unknown>, Sent])[] = [
    ["nothing", header, {}],
    ["an empty header", header, { headers: { "x-key": "" } }],
    ["two headers", header, { headers: { "x-key": ["a", "b"] } }],
    ["a control character", header, { headers: { "x-key": "a\u0007" } }],
    ["two query parameters", query, { queryString: "key=a&key=b" }],
    ["a control character in the query", query, { queryString: "key=a%0Ab" }],
    ["a key that is too long", query, { queryString: `key=${"a".repeat(8193)}` }],
  ];
  for (const [why, provider, sent] of cases) {
    test(`challenges ${why}`, () => {
      assert.equal(challenged(provider, sent), 'ApiKey realm="api"');
    });
  }

  test("does not find what every object inherits", () => {
    const head = { headers: {}, cookies: Object.create(null), queryString: "" };
    assert.equal(schemeOf(apiKey({ in: "cookie", name: "constructor", optional: true })).read(head), undefined);
    assert.equal(read(apiKey({ in: "header", name: "constructor", optional: true }), {}), undefined);
    assert.equal(read(apiKey({ in: "cookie", name: "constructor", optional: true }), {}), undefined);
  });
});

test("no header makes a scheme fail in any other way than with a 401", () => {
  const providers = [bearer(), basic(), bearer({ optional: true }), apiKey({ in: "query", name: "key" })];
  fc.assert(
    fc.property(
      fc.constantFrom(...providers),
      fc.constantFrom("", "Basic ", "Bearer ", "basic\t"),
      fc.string({ unit: "binary" }),
      (provider, prefix, text) => {
        try {
          read(provider, { authorization: prefix + text, queryString: text });
        } catch (error) {
          assert.ok(error instanceof Unauthorized);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("safeEqual compares text and bytes", () => {
  assert.equal(safeEqual("s3cret", "s3cret"), true);
  assert.equal(safeEqual("s3cret", "s3cret "), false);
  assert.equal(safeEqual("", ""), true);
  assert.equal(safeEqual("", "x"), false);
  assert.equal(safeEqual("zoë", new TextEncoder().encode("zoë")), true);
  assert.equal(safeEqual(new Uint8Array([1, 2]), new Uint8Array([1, 3])), false);
});

/** Only passes the compiler when the provider gives exactly the value. */
function gives<T>() {
  return <V>(_provider: Provider<V>, ..._exact: [T, V] extends [V, T] ? [] : [never]): void => {};
}

test("the types say when a credential may be absent", () => {
  gives<string>()(bearer());
  gives<string>()(bearer({ optional: false }));
  gives<string | undefined>()(bearer({ optional: true }));
  gives<string | undefined>()(apiKey({ in: "header", name: "x-key", optional: true }));
  gives<string>()(apiKey({ in: "header", name: "x-key" }));
  gives<{ readonly username: string; readonly password: Secret<string> }>()(basic());
  gives<{ readonly username: string; readonly password: Secret<string> } | undefined>()(basic({ optional: true }));
  gives<string | undefined>()(oauth2Password({ tokenUrl: "/", optional: true }));
  gives<string>()(openIdConnect({ url: "https://id.example.com" }));
  // @ts-expect-error an optional token may be undefined
  gives<string>()(bearer({ optional: true }));
});
