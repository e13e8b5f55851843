// The head of the usual answer is written in one piece; on the wire it has to be what Node writes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, OutgoingMessage, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { mock, test } from "node:test";
import { createJsonWriter } from "../../src/http/head.ts";

const request = "GET / HTTP/1.1\r\nhost: kiln\r\n\r\n";
const json = "application/json; charset=utf-8";

/** What a server writes on one connection, without dates, until the next request would come or the connection ends. */
async function written(keepAliveTimeout: number, listener: RequestListener, text: string): Promise<string> {
  const server = createServer({ keepAliveTimeout }, listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let bytes = "";
  socket.on("data", (data) => (bytes += data.toString("latin1")));
  // The second answer tells that the first is whole.
  socket.end(text + request.replace("host", "connection: close\r\nhost"));
  await once(socket, "close");
  server.close();
  await once(server, "close");
  return bytes.replace(/Date: .{29}\r\n/g, "Date\r\n");
}

const statuses = [200, 201, 202, 299, 404, 499, 503];
const texts = ['{"a":1}', '"é"', '"💛"', ""];

for (const keepAlive of [0, 999, 5_000, 72_000]) {
  test(`answers are written as Node writes them, with connections kept for ${keepAlive} ms`, async () => {
    const write = createJsonWriter(keepAlive);
    for (const status of statuses) {
      for (const text of texts) {
        const head = ["x-request-id", "id", "content-type", json, "content-length", Buffer.byteLength(text)];
        const nodes: RequestListener = (_request, response) => response.writeHead(status, head).end(text);
        const own: RequestListener = (_request, response) => write(response, status, "id", text);
        assert.equal(await written(keepAlive, own, request), await written(keepAlive, nodes, request));
      }
    }
  });
}

test("this version of Node is one whose heads can be written so", async () => {
  const write = createJsonWriter(5_000);
  // The prototype of Node's responses has it, as whoever reads its source sees; only its type does not say so.
  const heads = mock.method(OutgoingMessage.prototype as unknown as { _storeHeader(): void }, "_storeHeader");
  try {
    await written(5_000, (_request, response) => write(response, 200, "id", "1"), request);
    // The last answer ends its connection, which is left to Node.
    assert.equal(heads.mock.callCount(), 1);
  } finally {
    heads.mock.restore();
  }
});

test("who has put a header on the response, or wants to see its head, is heard", async () => {
  const write = createJsonWriter(5_000);
  const seen: unknown[] = [];
  const listener: RequestListener = (_request, response) => {
    response.setHeader("server-timing", "a;dur=1");
    const { writeHead } = response;
    // It takes and gives what Node's does, whose overloads cannot be written as one.
    response.writeHead = function (this: typeof response, ...all: Parameters<typeof writeHead>) {
      seen.push(all[0]);
      return writeHead.apply(this, all);
    } as typeof writeHead;
    write(response, 200, "id", "1");
  };
  const text = await written(5_000, listener, request);
  assert.equal(text.match(/server-timing: a;dur=1\r\n/g)?.length, 2);
  assert.deepEqual(seen, [200, 200]);
});

test("HTTP/1.0 and who asks for the end of the connection get it", async () => {
  const write = createJsonWriter(5_000);
  const listener: RequestListener = (_request, response) => write(response, 200, "id", "1");
  for (const text of ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]) {
    const answer = await written(5_000, listener, text);
    assert.equal(answer.match(/HTTP\/1.1 200 OK/g)?.length, 1);
    assert.match(answer, /\r\nConnection: close\r\n/);
  }
});
