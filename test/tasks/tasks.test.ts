import assert from "node:assert/strict";
import { test } from "node:test";
import { background, currentSignal, depends, kiln, log, request, signal } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { bothWays } from "../both-ways.ts";

bothWays(
  "each task's lines carry the request's id and what was bound there; what a task binds stays its own",
  () => {
    const app = kiln({ title: "context" });
    async function first(): Promise<void> {
      log.bind({ step: 1 });
      await new Promise(setImmediate);
      log.info("in_first");
    }
    function second(): void {
      log.info("in_second");
    }
    return app.get("/:user", { needs: { background, request } }, ({ background, request }) => {
      background.add(first);
      background.add(second);
      log.bind({ user: request.path });
      return 1;
    });
  },
  async (t) => {
    const answers = await Promise.all(["/ada", "/bob"].map((path) => t.get(path)));
    await t.idle();
    for (const [n, user] of ["/ada", "/bob"].entries()) {
      const id = answers[n]?.headers.get("x-request-id");
      const lines = [...t.logs].filter(({ request_id }) => request_id === id);
      const shown = lines.map(({ message, task, step }) => ({ message, task, step })).slice(2);
      assert.deepEqual(shown, [
        { message: "in_second", task: "second", step: undefined },
        { message: "in_first", task: "first", step: 1 },
      ]);
      assert.ok(lines.slice(1).every((line) => line.user === user));
    }
  },
);

bothWays(
  "one that fails is logged with its name and cause, and touches no other, whichever way it fails",
  () => {
    const app = kiln({ title: "fails" });
    const failures = {
      throws: () => {
        throw new Error("at once");
      },
      rejects: () => Promise.reject(new Error("later")),
      throwsNothing: () => Promise.reject(undefined),
    };
    return app.get("/", { needs: { background } }, ({ background }) => {
      for (const fail of Object.values(failures)) {
        background.add(fail);
        background.add(() => log.info("went_well"));
      }
      return 1;
    });
  },
  async (t) => {
    assert.equal((await t.get("/")).status, 200);
    await t.idle();
    const failed = t.logs.filter("background_task_failed").map(({ task }) => task);
    assert.deepEqual(failed.toSorted(), ["rejects", "throws", "throwsNothing"]);
    assert.equal(t.logs.filter("went_well").length, 3);
  },
);

test("a task may add tasks, to any depth; waiting for idleness waits for them too", async () => {
  const depths: number[] = [];
  const app = kiln({ title: "nested", background: { concurrency: 1 } });
  app.get("/", { needs: { background } }, ({ background }) => {
    async function dig(depth: number): Promise<void> {
      await new Promise(setImmediate);
      depths.push(depth);
      if (depth < 5) background.add(dig, depth + 1);
    }
    background.add(dig, 1);
    return 1;
  });
  await using t = await testApp(app);
  const { headers } = await t.get("/");
  await t.idle();
  assert.deepEqual(depths, [1, 2, 3, 4, 5]);
  assert.equal(t.logs.find("background_task_failed"), undefined);
  assert.ok(headers.get("x-request-id"));
});

test("`background` is the same in a dependency as in the handler, and a dependency's tasks share the request's fate", async () => {
  const ran: string[] = [];
  const audit = depends({ background }, ({ background }) =>
    background.add((name: string) => void ran.push(name), "audited"),
  );
  const app = kiln({ title: "dependency" });
  app.get("/", { needs: { audit } }, () => 1);
  app.get("/fails", { needs: { audit } }, () => {
    throw new Error("no");
  });
  await using t = await testApp(app);
  await t.get("/fails");
  await t.get("/");
  await t.idle();
  assert.deepEqual(ran, ["audited"]);
});

test("`currentSignal()` is the task's own in a task, the request's in a handler, and never aborts elsewhere", async () => {
  const seen: AbortSignal[] = [];
  const app = kiln({ title: "signals" });
  app.get("/", { needs: { background, signal } }, ({ background, signal }) => {
    assert.equal(currentSignal(), signal);
    background.add(async () => {
      const own = currentSignal();
      await new Promise(setImmediate);
      assert.equal(currentSignal(), own);
      assert.notEqual(own, signal);
      seen.push(own);
    });
    background.add(() => seen.push(currentSignal()));
    return 1;
  });
  await using t = await testApp(app);
  await t.get("/");
  await t.idle();
  assert.equal(t.logs.find("background_task_failed"), undefined);
  assert.equal(new Set(seen).size, 2);
  assert.ok(seen.every(({ aborted }) => !aborted));
  assert.equal(currentSignal().aborted, false);
});

test("a promise instead of a function is refused with what to write instead", async () => {
  const app = kiln({ title: "called too early" });
  const sendMail = async (): Promise<void> => undefined;
  app.get("/", { needs: { background } }, ({ background }) => {
    // @ts-expect-error called now
    background.add(sendMail());
    return 1;
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 500);
  const line = t.logs.find(({ level }) => level === "error");
  assert.match(JSON.stringify(line), /KILN_BACKGROUND_TASK in background\.add\(\): \\"a promise\\" is no function/);
});
