import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { type App, background, depends, httpError, kiln, log, reply, signal } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { bothWays } from "../both-ways.ts";

/** An app whose routes add a task that notes its path, and each end in their own way. */
function answering(done: string[]): App {
  const app = kiln({ title: "answers", timeout: 0 });
  const note = (path: string): void => void done.push(path);
  const needs = { background, reply };
  app.get("/value", { needs }, ({ background }) => {
    background.add(note, "/value");
    return { n: 1 };
  });
  app.get("/none", { needs, status: 204 }, ({ background }) => background.add(note, "/none"));
  app.get("/redirect", { needs }, ({ background, reply }) => {
    background.add(note, "/redirect");
    return reply.redirect("/value");
  });
  app.get("/html", { needs }, ({ background, reply }) => {
    background.add(note, "/html");
    return reply.html("<p>");
  });
  app.get("/file", { needs }, ({ background, reply }) => {
    background.add(note, "/file");
    return reply.file("after-the-response.test.ts", { root: import.meta.dirname });
  });
  return app;
}

const done: string[] = [];

bothWays(
  "whatever a success is sent as, its tasks run, and once",
  () => answering(done),
  async (t) => {
    done.length = 0;
    const paths = ["/value", "/none", "/redirect", "/html", "/file"];
    for (const path of paths) {
      assert.ok((await t.get(path)).status < 400, path);
      await t.idle();
      assert.ok((await t.head(path)).status < 400, path);
      await t.idle();
    }
    assert.deepEqual(
      done,
      paths.flatMap((path) => [path, path]),
    );
  },
);

const gates: (() => void)[] = [];

bothWays(
  "nobody waits for a task: the whole answer is there while it still runs",
  () => {
    const app = kiln({ title: "waits for nobody" });
    return app.get("/", { needs: { background, log } }, ({ background, log }) => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate.resolve);
      background.add(async function later() {
        log.info("task_began");
        await gate.promise;
        log.info("task_ended");
      });
      return "answered";
    });
  },
  async (t) => {
    const answer = await t.get("/");
    assert.equal(answer.json(), "answered");
    assert.equal(t.logs.find("task_ended"), undefined);
    for (const open of gates.splice(0)) open();
    await t.idle();
    const messages = [...t.logs].map(({ message }) => message);
    assert.deepEqual(messages, ["request_received", "request_completed", "task_began", "task_ended"]);
  },
);
bothWays(
  "tasks of a stream begin when its last byte is out",
  () => {
    const app = kiln({ title: "streams" });
    return app.get("/", { needs: { background, reply, log } }, ({ background, reply, log }) => {
      const body = new PassThrough();
      background.add(() => log.info("task_ran"));
      setImmediate(() => {
        body.write("first,");
        log.info("first_sent");
        setImmediate(() => {
          log.info("last_sent");
          body.end("last");
        });
      });
      return reply.stream(body);
    });
  },
  async (t) => {
    assert.equal((await t.get("/")).text(), "first,last");
    await t.idle();
    const messages = [...t.logs].map(({ message }) => message);
    assert.deepEqual(messages, ["request_received", "first_sent", "last_sent", "request_completed", "task_ran"]);
  },
);

bothWays(
  "what waits until the body is sent is cleaned up before the first task begins",
  () => {
    const app = kiln({ title: "late" });
    const late = depends(
      { log },
      async function* late({ log }) {
        yield 1;
        await new Promise(setImmediate);
        log.info("cleaned_up");
      },
      { until: "sent" },
    );
    return app.get("/", { needs: { late, background, log } }, ({ background, log }) => {
      background.add(() => log.info("task_ran"));
      return 1;
    });
  },
  async (t) => {
    await t.get("/");
    await t.idle();
    const messages = [...t.logs].map(({ message }) => message);
    assert.deepEqual(messages.slice(-2), ["cleaned_up", "task_ran"]);
  },
);

bothWays(
  "a request that fails runs none of its tasks, whatever it fails by",
  () => {
    const Refused = httpError(409, "refused", "Refused");
    const app = kiln({ title: "fails" });
    const never = (): void => assert.fail("must not run");
    const unsaved = depends({}, async function* unsaved() {
      yield 1;
      throw new Error("the commit failed");
    });
    app.get("/thrown", { needs: { background } }, ({ background }) => {
      background.add(never);
      throw new Refused();
    });
    app.get("/unfit", { needs: { background }, returns: z.int() }, ({ background }) => {
      background.add(never);
      return 1.5;
    });
    app.get("/uncommitted", { needs: { background, unsaved } }, ({ background }) => {
      background.add(never);
      return 1;
    });
    app.get("/late", { needs: { background, signal }, timeout: 20 }, async ({ background, signal }) => {
      background.add(never);
      await once(signal, "abort");
      background.add(never);
      return 1;
    });
    return app;
  },
  async (t) => {
    for (const [path, status] of Object.entries({ thrown: 409, unfit: 500, uncommitted: 500, late: 503 })) {
      assert.equal((await t.get(`/${path}`)).status, status);
      await t.idle();
    }
    assert.equal(t.logs.find("background_task_failed"), undefined);
    assert.equal(t.logs.filter("background_task_dropped").length, 5);
  },
);

test("a client that leaves loses its answer, not the tasks of a handler that went on to its end", async () => {
  const app = kiln({ title: "leaves" });
  const arrived = Promise.withResolvers<void>();
  const ran: string[] = [];
  const run = (name: string): void => void ran.push(name);
  app.get("/finishes", { needs: { background, signal } }, async ({ background, signal }) => {
    background.add(run, "finished");
    arrived.resolve();
    await once(signal, "abort");
    return 1;
  });
  app.get("/streams", { needs: { background, reply } }, ({ background, reply }) => {
    background.add(run, "streamed");
    const endless = new PassThrough();
    endless.write("begun");
    return reply.stream(endless);
  });
  app.get("/stops", { needs: { background, signal } }, async ({ background, signal }) => {
    background.add(run, "stopped");
    stopping.resolve();
    await once(signal, "abort");
    signal.throwIfAborted();
  });
  const stopping = Promise.withResolvers<void>();
  await using t = await testApp(app, { socket: true });
  const leave = async (path: string, until: (socket: ReturnType<typeof connect>) => Promise<unknown>) => {
    const socket = connect(Number(new URL(t.url).port), "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(socket);
    socket.destroy();
  };
  await leave("/finishes", () => arrived.promise);
  await leave("/streams", (socket) => once(socket, "data"));
  await leave("/stops", () => stopping.promise);
  // That the server has noticed is announced by nothing but its log.
  while (t.logs.filter("request_completed").length < 3) await new Promise(setImmediate);
  await t.idle();
  assert.deepEqual(ran.toSorted(), ["finished", "streamed"]);
});

test("a body that breaks off was answered with success all the same, so its tasks run", async () => {
  const app = kiln({ title: "breaks" });
  let ran = false;
  app.get("/", { needs: { background, reply } }, ({ background, reply }) => {
    background.add(() => {
      ran = true;
    });
    const body = new PassThrough();
    body.write("first");
    setImmediate(() => body.destroy(new Error("the disk is gone")));
    return reply.stream(body);
  });
  await using t = await testApp(app, { socket: true });
  await assert.rejects(t.get("/"));
  await t.idle();
  assert.ok(ran);
});
