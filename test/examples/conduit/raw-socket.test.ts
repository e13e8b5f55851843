import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { type TestApp, testApp } from "kilnjs/testing";
import { app } from "../../../examples/conduit/main.ts";
import { sendRaw } from "./raw.ts";
import { testSettings } from "./targets.ts";

const host = "Host: conduit\r\nConnection: close\r\n";
const post = `POST /api/users HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
const body = '{"user":{}}';

/** Requests that no client would send, and what each is answered with. */
const cases: Readonly<Record<string, readonly [status: number, bytes: string | Uint8Array]>> = {
  "an oversized header": [431, `GET /api/tags HTTP/1.1\r\n${host}X-Long: ${"x".repeat(100_000)}\r\n\r\n`],
  "very many headers": [431, `GET /api/tags HTTP/1.1\r\n${host}${"X-Many: 1\r\n".repeat(20_000)}\r\n`],
  "an oversized path": [431, `GET /api/${"x".repeat(100_000)} HTTP/1.1\r\n${host}\r\n`],
  "an unknown method": [400, `BREW /api/tags HTTP/1.1\r\n${host}\r\n`],
  "a method in lower case": [400, `get /api/tags HTTP/1.1\r\n${host}\r\n`],
  "an unknown version": [400, `GET /api/tags HTTP/9.9\r\n${host}\r\n`],
  "no host": [400, "GET /api/tags HTTP/1.1\r\nConnection: close\r\n\r\n"],
  "another protocol": [400, Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03])],
  "a space in the path": [400, `GET /api/ta gs HTTP/1.1\r\n${host}\r\n`],
  "bad percent-encoding": [400, `GET /api/articles/%zz HTTP/1.1\r\n${host}\r\n`],
  "percent-encoding that is cut off": [400, `GET /api/profiles/%E2%82 HTTP/1.1\r\n${host}\r\n`],
  "bad percent-encoding in the query": [400, `GET /api/articles?tag=%f HTTP/1.1\r\n${host}\r\n`],
  "a header without a colon": [400, `GET /api/tags HTTP/1.1\r\n${host}NoColon\r\n\r\n`],
  "a header with a NUL": [400, `GET /api/tags HTTP/1.1\r\n${host}X-Nul: a\0b\r\n\r\n`],
  "a header name with a space": [400, `GET /api/tags HTTP/1.1\r\n${host}X Y: 1\r\n\r\n`],
  "two lengths": [400, `${post}Content-Length: 11\r\nContent-Length: 12\r\n\r\n${body}`],
  "a length and chunks": [400, `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  "a negative length": [400, `${post}Content-Length: -1\r\n\r\n${body}`],
  "a length that is no number": [400, `${post}Content-Length: eleven\r\n\r\n${body}`],
  "a chunk of no size": [400, `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n${body}\r\n0\r\n\r\n`],
  "a length beyond the limit": [413, `${post}Content-Length: 999999999999\r\n\r\n`],
  "chunks beyond the limit": [
    413,
    `${post}Transfer-Encoding: chunked\r\n\r\n${`10000\r\n${"x".repeat(0x10000)}\r\n`.repeat(17)}0\r\n\r\n`,
  ],
  "a body that is no UTF-8": [
    400,
    Buffer.concat([Buffer.from(`${post}Content-Length: 3\r\n\r\n"`), Buffer.from([0xff, 0x22])]),
  ],
};

describe("on a raw socket", () => {
  let t: TestApp;
  before(async () => {
    t = await testApp(app, { settings: testSettings, socket: true });
  });
  after(() => t.close());

  for (const [name, [status, bytes]] of Object.entries(cases)) {
    test(`${name} is answered with ${status}`, async () => {
      const { statuses, text, closed } = await sendRaw(t.url, bytes);
      assert.deepEqual(statuses, [status], text.slice(0, 400));
      assert.match(text, /content-type: application\/(problem\+)?json/i);
      assert.ok(closed, "the connection ends");
    });
  }

  test("any request with bytes changed gets no answer or one below 500", { timeout: 60_000 }, async () => {
    const valid = Buffer.from(`${post}Content-Length: ${body.length}\r\n\r\n${body}`);
    const change = fc.record({ at: fc.nat({ max: valid.length - 1 }), byte: fc.nat({ max: 255 }) });
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(valid);
      for (const { at, byte } of changes) bytes[at] = byte;
      const { statuses, text } = await sendRaw(t.url, bytes, 200);
      for (const status of statuses) assert.ok(status < 500, text);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test("a client that leaves in the middle of its body harms nobody", async () => {
    const { statuses } = await sendRaw(t.url, `${post}Content-Length: 100\r\n\r\n${body}`, 100);
    assert.deepEqual(statuses, []);
  });

  test("has left nothing behind but refusals", async () => {
    assert.equal((await t.get("/api/tags")).status, 200);
    assert.deepEqual(
      t.logs.lines.filter(({ level }) => level === "error" || level === "fatal"),
      [],
    );
  });
});
