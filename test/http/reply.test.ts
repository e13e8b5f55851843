import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { answer, kiln, query, reply, request } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

const Thing = z.object({ id: z.int() });

function makeApp() {
  const app = kiln({ title: "reply" });
  app.get("/status", { needs: { reply } }, ({ reply }) => {
    reply.status(202).header("x-a", "1").cookie("seen", "yes").cookie("theme", "dark", { httpOnly: false, maxAge: 60 });
    return { ok: true };
  });
  app.get("/clear", { needs: { reply } }, ({ reply }) => {
    reply.clearCookie("seen");
  });
  app.get("/redirect", { needs: { reply, to: query(z.string()) } }, ({ reply, to }) => reply.redirect(to));
  app.get("/html", { needs: { reply } }, ({ reply }) => reply.html("<p>hi</p>"));
  app.get("/stream", { needs: { reply } }, ({ reply }) => reply.stream(Readable.from(["a", "b"]), "text/csv"));
  app.get("/sse", { needs: { reply } }, ({ reply }) =>
    reply.sse(
      (async function* () {
        yield { data: { n: 1 }, event: "tick", id: "1" };
        yield { data: "two\nlines", event: "bad\nid: 9" };
      })(),
    ),
  );
  app.get(
    "/either",
    { needs: { n: query(z.int()) }, returns: { 200: Thing, 404: null, 410: z.object({ since: z.int() }) } },
    ({ n }) => (n === 0 ? answer(404) : n < 0 ? answer(410, { since: n }, { "x-gone": "yes" }) : { id: n }),
  );
  app.get("/none", {}, () => undefined);
  app.get("/split", { needs: { reply, v: query(z.string()) } }, ({ reply, v }) => {
    reply.header("x-v", v);
    return 1;
  });
  app.get("/info", { needs: { request } }, ({ request }) => ({ ...request, raw: undefined, headers: undefined }));
  return app;
}

bothWays("status, headers and cookies, with the safe attributes by default", makeApp, async (t) => {
  const answered = await t.get("/status");
  assert.equal(answered.status, 202);
  assert.equal(answered.headers.get("x-a"), "1");
  const cookies = answered.headers.getSetCookie();
  assert.equal(cookies[0], "seen=yes; Path=/; HttpOnly; SameSite=Lax");
  assert.equal(cookies[1], "theme=dark; Max-Age=60; Path=/; SameSite=Lax");
  const cleared = await t.get("/clear");
  assert.equal(cleared.status, 204);
  assert.match(cleared.headers.getSetCookie()[0] ?? "", /^seen=; Max-Age=0;.*Expires=Thu, 01 Jan 1970/);
});

bothWays("redirects cannot split a header; a bad header value is a 500, not a split answer", makeApp, async (t) => {
  const answered = await t.get("/redirect", { query: { to: "/next?é=1\r\nset-cookie: a=b" } });
  assert.equal(answered.status, 303);
  assert.equal(answered.headers.get("location"), "/next?%C3%A9=1%0D%0Aset-cookie:%20a=b");
  const split = await t.get("/split", { query: { v: "a\r\nset-cookie: a=b" } });
  assert.equal(split.status, 500);
  assert.equal(split.headers.get("set-cookie"), null);
});

bothWays("html, streams and server-sent events", makeApp, async (t) => {
  const html = await t.get("/html");
  assert.equal(html.headers.get("content-type"), "text/html; charset=utf-8");
  const stream = await t.get("/stream");
  assert.equal(stream.text(), "ab");
  assert.equal(stream.headers.get("content-type"), "text/csv");
  const events = await t.get("/sse");
  assert.match(events.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.equal(events.text(), ': open\n\nevent: tick\nid: 1\ndata: {"n":1}\n\nevent: bad\ndata: two\ndata: lines\n\n');
});

bothWays("one answer per status, each checked by its schema", makeApp, async (t) => {
  assert.deepEqual((await t.get("/either?n=3")).json(), { id: 3 });
  const missing = await t.get("/either?n=0");
  assert.equal(missing.status, 404);
  assert.equal(missing.text(), "");
  const gone = await t.get("/either?n=-3");
  assert.equal(gone.status, 410);
  assert.deepEqual(gone.json(), { since: -3 });
  assert.equal(gone.headers.get("x-gone"), "yes");
  const none = await t.get("/none");
  assert.equal(none.status, 204);
});

bothWays("what is known of the request", makeApp, async (t) => {
  const info = (await t.get("/info?a=1")).json<Record<string, unknown>>();
  assert.equal(info.path, "/info");
  assert.equal(info.url, "/info?a=1");
  assert.equal(info.route, "/info");
  assert.equal(info.method, "GET");
  assert.equal(info.ip, "127.0.0.1");
});

test("files come from below their root only, with ranges", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kiln-files-"));
  try {
    await writeFile(join(folder, "a.txt"), "hello");
    await writeFile(join(folder, ".secret"), "x");
    await symlink("/etc", join(folder, "link")).catch(() => undefined);
    const app = kiln({ title: "files" });
    app.get("/files", { needs: { reply, name: query(z.string()) } }, ({ reply, name }) =>
      reply.file(name, { root: folder }),
    );
    await using t = await testApp(app, { socket: true });
    const whole = await t.get("/files?name=a.txt");
    assert.equal(whole.text(), "hello");
    assert.match(whole.headers.get("content-type") ?? "", /^text\/plain/);
    const part = await t.get("/files?name=a.txt", { headers: { range: "bytes=1-2" } });
    assert.equal(part.status, 206);
    assert.equal(part.text(), "el");
    const outside = await t.get("/files?name=a.txt", { headers: { range: "bytes=99-" } });
    assert.equal(outside.status, 416);
    assert.equal(outside.headers.get("content-range"), "bytes */5");
    assert.equal((await t.get("/files?name=a.txt", { headers: { "if-match": '"other"' } })).status, 412);
    await mkdir(join(folder, "folder"));
    for (const name of [
      "folder",
      "../package.json",
      "..%2fpackage.json",
      ".secret",
      "missing",
      "a.txt/../../x",
      "\0",
    ]) {
      assert.equal((await t.get("/files", { query: { name } })).status, 404, name);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

bothWays(
  "HEAD reads nothing of a stream, and lets go of what it comes from",
  () => {
    const app = kiln({ title: "head" });
    app.get("/", { needs: { reply } }, ({ reply }) => {
      const events: AsyncIterable<{ data: number }> = {
        [Symbol.asyncIterator]: () => ({
          next: () => assert.fail("an event was read for nobody"),
          return: async () => {
            released.resolve();
            return { done: true, value: undefined };
          },
        }),
      };
      return reply.sse(events);
    });
    return app;
  },
  async (t) => {
    released = Promise.withResolvers<void>();
    const answer = await t.head("/");
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/);
    await released.promise;
  },
);

let released = Promise.withResolvers<void>();

bothWays(
  "a handler may name the media type of its JSON",
  () => {
    const app = kiln({ title: "types" });
    app.get("/", { needs: { reply }, returns: Thing }, ({ reply }) => {
      reply.header("content-type", "application/hal+json");
      return { id: 1 };
    });
    return app;
  },
  async (t) => {
    const got = await t.get("/");
    assert.equal(got.headers.get("content-type"), "application/hal+json; charset=utf-8");
    assert.equal(got.text(), '{"id":1}');
  },
);

bothWays(
  "a handler cannot frame the message itself, which is how answers are smuggled",
  () => {
    const app = kiln({ title: "framing" });
    const needs = { reply, name: query(z.string()) };
    app.get("/reply", { needs }, ({ reply, name }) => {
      reply.header(name, "chunked");
      return 1;
    });
    app.get("/answer", { needs, returns: { 200: z.int() } }, ({ name }) => answer(200, 1, { [name]: "5" }));
    return app;
  },
  async (t) => {
    for (const name of ["transfer-encoding", "Content-Length", "connection"]) {
      for (const path of ["/reply", "/answer"]) assert.equal((await t.get(path, { query: { name } })).status, 500);
    }
  },
);
