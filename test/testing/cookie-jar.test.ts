import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCookie, stringifySetCookie } from "cookie";
import fc from "fast-check";
import { createCookieJar } from "../../src/testing/cookie-jar.ts";

test("a session cookie goes to every path below its own", () => {
  const jar = createCookieJar();
  jar.keep(["a=1; Path=/", "b=2; Path=/admin", "c=3"], "/admin/users/7");
  assert.equal(jar.header("/", {}), "a=1");
  assert.equal(jar.header("/admin", {}), "a=1; b=2");
  assert.equal(jar.header("/administrator", {}), "a=1");
  assert.equal(jar.header("/admin/users/8", {}), "a=1; b=2; c=3");
});

test("the more particular path wins", () => {
  const jar = createCookieJar();
  jar.keep(["a=deep; Path=/x/y", "a=wide; Path=/"], "/");
  assert.equal(jar.header("/x/y/z", {}), "a=deep");
  assert.equal(jar.header("/x", {}), "a=wide");
});

test("a cookie ends by Max-Age or Expires, Max-Age first, and by being set anew in the past", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 0, 1) });
  const jar = createCookieJar();
  jar.keep(
    [
      "short=1; Max-Age=10; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
      "long=1; Expires=Thu, 01 Jan 2026 00:01:00 GMT",
      "never=1; Max-Age=0",
      "gone=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ],
    "/",
  );
  assert.deepEqual(jar.all(), { short: "1", long: "1" });
  context.mock.timers.tick(11_000);
  assert.deepEqual(jar.all(), { long: "1" });
  jar.keep(["long=; Max-Age=0"], "/");
  assert.deepEqual(jar.all(), {});
  assert.equal(jar.header("/", {}), undefined);
});

test("Secure, Domain and HttpOnly do not keep a cookie from a test", () => {
  const jar = createCookieJar();
  jar.keep(["a=1; Secure; HttpOnly; SameSite=Strict; Domain=api.example.com"], "/");
  assert.equal(jar.get("a"), "1");
  assert.equal(jar.header("/", {}), "a=1");
});

test("the test may set, delete and clear", () => {
  const jar = createCookieJar();
  jar.set("a", "1");
  jar.set("b", "2", "/only");
  assert.equal(jar.header("/", {}), "a=1");
  jar.delete("a");
  assert.equal(jar.get("a"), undefined);
  jar.clear();
  assert.deepEqual(jar.all(), {});
});

test("cookies that are none are left out", () => {
  const jar = createCookieJar();
  jar.keep(["", "=x", ";", "a=1"], "/");
  assert.deepEqual(jar.all(), { a: "1" });
});

test("any value that a server sets comes back to it unchanged", () => {
  const names = fc.constantFrom("a", "A", "session_id", "__Host-x", "toString", "x.y");
  const text = fc.string({ unit: fc.constantFrom(...'aZ09 ;,=%25"\\\t\n\0äß漢😀\u2028') });
  fc.assert(
    fc.property(fc.dictionary(names, text, { maxKeys: 5 }), (values) => {
      const jar = createCookieJar();
      const set = Object.entries(values).map(([name, value]) => stringifySetCookie({ name, value, path: "/" }));
      jar.keep(set, "/login");
      assert.deepEqual({ ...parseCookie(jar.header("/", {}) ?? "") }, { ...values });
    }),
  );
});
