import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../../src/contract/secret.ts";
import { secretNames } from "../../src/logging/secret-names.ts";
import { captured } from "./captured.ts";

const marker = "MARKER-9c41";

const secretName = fc.constantFrom(
  ...["password", "PASSWORD", "userPassword", "passwd", "client_secret", "clientSecret", "token", "accessToken"],
  ...[
    "refresh-token",
    "Authorization",
    "proxy-authorization",
    "cookie",
    "Set-Cookie",
    "apiKey",
    "x-api-key",
    "API_KEY",
  ],
  ...["jwt", "privateKey", "aws_secret_access_key", "sessionId", "credentials", "password2", "db.password"],
);
const plainName = fc.constantFrom("user", "items", "a", "list", "0", "__proto__", "toString", "constructor", "", "é");

/** Puts a value somewhere inside another. */
type Wrap = (value: unknown) => unknown;

class Holder {
  readonly inside: unknown;
  constructor(inside: unknown) {
    this.inside = inside;
  }
}

class Converted extends Holder {
  toJSON(): unknown {
    return { shown: this.inside };
  }
}

function withGetter(name: string, value: unknown): object {
  return Object.defineProperty({}, name, { enumerable: true, get: () => value });
}

const wrap: fc.Arbitrary<Wrap> = fc.oneof(
  plainName.map(
    (name): Wrap =>
      (value) =>
        Object.fromEntries([
          ["before", 1],
          [name, value],
        ]),
  ),
  fc.constant<Wrap>((value) => [1, value, "after"]),
  plainName.map(
    (name): Wrap =>
      (value) =>
        new Map([[name, value]]),
  ),
  fc.constant<Wrap>((value) => new Map([[{ an: "object" }, value]])),
  fc.constant<Wrap>((value) => new Set([value])),
  fc.constant<Wrap>((value) => new Holder(value)),
  fc.constant<Wrap>((value) => new Converted(value)),
  fc.constant<Wrap>((value) => ({ toJSON: () => value, value })),
  plainName.map(
    (name): Wrap =>
      (value) =>
        withGetter(name, value),
  ),
  fc.constant<Wrap>((value) => Object.assign(new Error("carries"), { details: value })),
  fc.constant<Wrap>((value) => new Error("caused", { cause: value })),
  fc.constant<Wrap>((value) => new AggregateError([value], "many")),
  fc.constant<Wrap>((value) => Object.assign(Object.create(null), { value })),
  fc.constant<Wrap>((value) => {
    const loop: Record<string, unknown> = { value };
    loop.self = loop;
    return loop;
  }),
);

/** Something that holds the marker where it must not be seen. */
const hidden: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(new Secret(marker)),
  fc.constant(new Secret({ deep: [marker] })),
  secretName.map((name) => ({ [name]: marker })),
  secretName.map((name) => ({ [name]: { deep: [marker] } })),
  secretName.map((name) => ({ [name]: [marker, marker] })),
  secretName.map((name) => new Map([[name, marker]])),
  secretName.map((name) => new Map([[name, new Set([marker])]])),
  secretName.map((name) => [[name, marker]]),
  secretName.map((name) => ({ name, value: marker })),
  secretName.map((name) => ({ key: name, value: marker })),
  secretName.map((name) => ({ rawHeaders: ["host", "x", name, marker] })),
  secretName.map((name) => withGetter(name, marker)),
  secretName.map((name) => Object.assign(new Error("own"), { [name]: marker })),
  secretName.map((name) => new URL(`https://ann:${marker}@host/?${encodeURIComponent(name)}=${marker}`)),
  secretName.map((name) => `see https://host/?a=1&${encodeURIComponent(name)}=${marker} and redis://:${marker}@host`),
);

const buried = fc
  .tuple(hidden, fc.array(wrap, { maxLength: 16 }))
  .map(([value, wraps]) => wraps.reduce((inner, around) => around(inner), value));

test("a secret does not show, whatever it is buried in and however it is logged", () => {
  fc.assert(
    fc.property(buried, fc.constantFrom("json", "ecs", "pretty"), (value, format) => {
      const { root, texts } = captured({ format });
      const request = root.forRequest("r1");
      request.info({ field: value }, "field");
      request.info([value], "list");
      if (typeof value === "object" && value !== null) request.info(value, "itself");
      request.error({ err: new Error("failed", { cause: value }) });
      request.bind({ bound: value, "bound.ecs": value });
      request.info("bound");
      request.child({ child: value }).info("child");
      assert.equal(texts.length, typeof value === "object" ? 6 : 5);
      for (const text of texts) assert.ok(!text.includes(marker), text);
    }),
    { numRuns: 2_000 },
  );
});

test("further names are masked whatever their case and separators", () => {
  const { root, last } = captured({ redact: ["national_id"] });
  root.info({ nationalId: marker, deep: { "National-ID": marker, national: "seen" } }, "x");
  assert.deepEqual(last().deep, { "National-ID": "***", national: "seen" });
  assert.equal(last().nationalId, "***");
});

test("what only sounds like a secret stays, and so does the fact that there is none", () => {
  const isSecret = secretNames();
  for (const name of [
    "author",
    "secretary",
    "tokens",
    "token_count",
    "passenger",
    "cookiecutter",
    "key",
    "id",
    "compass",
  ]) {
    assert.equal(isSecret(name), false, name);
  }
  const { root, last } = captured();
  root.info({ password: undefined, token: null, has_secret: true, secretary: "Ann" }, "x");
  assert.equal("password" in last(), false);
  assert.deepEqual([last().token, last().has_secret, last().secretary], [null, true, "Ann"]);
});

test("the answers of the name test are right after very many names too", () => {
  const isSecret = secretNames();
  for (let i = 0; i < 25_000; i += 1) isSecret(`name${i}`);
  assert.equal(isSecret("password"), true);
  assert.equal(isSecret("name1"), false);
});
