// Bodies that a plugin unpacks.
import assert from "node:assert/strict";
import { createGunzip, type Gunzip, gzipSync } from "node:zlib";
import { body, kiln } from "kilnjs";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

function unpacking() {
  const app = kiln({ title: "packed", bodyLimit: 1_000 });
  app.fastify((fastify) => {
    fastify.addHook("preParsing", async (request, _reply, payload) => {
      if (request.headers["content-encoding"] !== "gzip") return payload;
      const unpacked: Gunzip & { receivedEncodedLength?: number } = createGunzip();
      payload.on("data", ({ length }: Buffer) => {
        unpacked.receivedEncodedLength = (unpacked.receivedEncodedLength ?? 0) + length;
      });
      return payload.pipe(unpacked);
    });
  });
  app.post("/", { needs: { text: body(z.string()) }, returns: z.int() }, ({ text }) => text.length);
  return app;
}

bothWays(
  "what unpacks to a body is read, what does not is the client's fault, and the limit counts what it unpacks to",
  unpacking,
  async (t) => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const packed = gzipSync(JSON.stringify("a".repeat(900)));
    const large = gzipSync(JSON.stringify("a".repeat(1_000)));
    for (const [bytes, status, text] of [
      [packed, 200, "900"],
      [Buffer.from("no gzip"), 400, "body_unreadable"],
      [packed.subarray(0, -9), 400, "body_unreadable"],
      [large, 413, "body_too_large"],
    ] as const) {
      const answer = await t.post("/", { body: bytes, headers });
      assert.equal(answer.status, status);
      assert.ok(answer.text().includes(text), answer.text());
    }
    assert.equal(t.logs.find("request_failed"), undefined);
  },
);
