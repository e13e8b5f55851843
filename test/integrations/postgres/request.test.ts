import assert from "node:assert/strict";
import { test } from "node:test";
import { type App, background, depends, httpError, type KilnError, kiln, signal } from "kilnjs";
import { type PostgresConnection, type PostgresOptions, postgres } from "kilnjs/postgres";
import { testApp } from "kilnjs/testing";
import { z } from "zod";
import { sharedServer, until } from "./server.ts";

const shared = sharedServer();
const migrations = new URL("./migrations/", import.meta.url);

type Db = ReturnType<typeof postgres>;

/** An app on a database of its own with a table `notes (id, text unique, later unique deferred)`. */
function appOn(declare: (app: App, db: Db) => void, options: Partial<PostgresOptions> = {}): App {
  const db = postgres({ url: shared.url, migrations, ...options });
  const app = kiln({ title: "Notes" });
  app.get("/notes", { needs: { pool: db.pool } }, async ({ pool }) => {
    const { rows } = await pool.query<{ text: string }>("select text from notes order by id");
    return rows.map(({ text }) => text);
  });
  app.get("/figures", { needs: { pool: db.pool } }, ({ pool }) => pool.figures);
  declare(app, db);
  return app;
}

const insert = "insert into notes (text) values ($1)";

async function backendPid(db: PostgresConnection): Promise<number> {
  const { rows } = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}

test("a transaction is committed before the client has the answer", async () => {
  const app = appOn((app, db) => {
    app.post("/notes", { needs: { db: db.transaction } }, async ({ db }) => {
      await db.query(insert, ["a"]);
      await db.query(insert, ["b"]);
    });
  });
  await using t = await testApp(app, { socket: true });
  assert.equal((await t.post("/notes")).status, 204);
  assert.deepEqual((await t.get("/notes")).json(), ["a", "b"]);
  assert.deepEqual((await t.get("/figures")).json(), { total: 1, idle: 1, waiting: 0 });
});

test("a transaction is rolled back by whatever fails the request", async () => {
  const Refused = httpError(409, "refused", "Refused");
  const app = appOn((app, db) => {
    const write = { needs: { db: db.transaction } };
    app.post("/thrown", write, async ({ db }) => {
      await db.query(insert, ["thrown"]);
      throw new Refused();
    });
    app.post("/crashed", write, async ({ db }) => {
      await db.query(insert, ["crashed"]);
      throw new Error("on the way");
    });
    app.post("/unfit", { ...write, returns: z.object({ id: z.int() }) }, async ({ db }) => {
      await db.query(insert, ["unfit"]);
      // Only at run time does it turn out not to fit.
      return JSON.parse('{"id":"x"}') as { id: number };
    });
  });
  await using t = await testApp(app);
  assert.equal((await t.post("/thrown")).status, 409);
  assert.equal((await t.post("/crashed")).status, 500);
  assert.equal((await t.post("/unfit")).status, 500);
  assert.deepEqual((await t.get("/notes")).json(), []);
  assert.deepEqual((await t.get("/figures")).json(), { total: 1, idle: 1, waiting: 0 });
});

test("a commit that fails is a 500, never a success that was rolled back", async () => {
  const app = appOn((app, db) => {
    app.post("/swallowed", { needs: { db: db.transaction } }, async ({ db }) => {
      await db.query(insert, ["swallowed"]);
      await db.query("select 1 / 0").catch(() => {});
      return "saved";
    });
    app.post("/deferred", { needs: { db: db.transaction } }, async ({ db }) => {
      await db.query("insert into notes (text, later) values ('x', 1), ('y', 1)");
      return "saved";
    });
    app.post("/forgotten", { needs: { db: db.transaction } }, async ({ db }) => {
      await db.query(insert, ["forgotten"]);
      void db.query("select 1 / 0").catch(() => {});
      return "saved";
    });
  });
  await using t = await testApp(app);
  for (const path of ["/swallowed", "/deferred", "/forgotten"]) assert.equal((await t.post(path)).status, 500, path);
  assert.deepEqual((await t.get("/notes")).json(), []);
});

test("a statement that runs when the deadline passes is stopped, and nothing of it is kept", async () => {
  const app = appOn((app, db) => {
    app.post("/slow", { needs: { db: db.transaction }, timeout: 300 }, async ({ db }) => {
      await db.query(insert, ["slow"]);
      await db.query("select pg_sleep(60)");
    });
    app.get("/running", { needs: { db: db.connection } }, async ({ db }) => {
      const { rows } = await db.query(
        "select from pg_stat_activity where query like '%pg_sleep(60)' and state = 'active'",
      );
      return rows.length;
    });
  });
  await using t = await testApp(app);
  const answered = await t.post("/slow");
  assert.equal(answered.status, 503);
  assert.match(answered.json<{ type: string }>().type, /deadline_exceeded$/);
  await until("PostgreSQL has stopped it", async () => (await t.get("/running")).json() === 0, 5_000);
  assert.deepEqual((await t.get("/notes")).json(), []);
});

test("one request never takes two connections", async () => {
  const app = appOn(
    (app, db) => {
      const check = depends({ db: db.connection }, ({ db }) => backendPid(db));
      app.post("/both", { needs: { check, db: db.transaction } }, async ({ check, db }) => {
        await db.query(insert, ["both"]);
        return check === (await backendPid(db));
      });
    },
    { max: 1, acquireTimeout: 300 },
  );
  await using t = await testApp(app);
  const answers = await Promise.all([t.post("/both"), t.post("/both").catch(() => undefined)]);
  assert.equal(answers[0]?.json(), true);
  assert.equal((await t.get("/figures")).json<{ total: number }>().total, 1);
});

test("whoever waits too long for a connection gets a 503 with a reason", async () => {
  const held = Promise.withResolvers<void>();
  const app = appOn(
    (app, db) => {
      app.get("/hold", { needs: { db: db.connection } }, () => held.promise);
      app.get("/quick", { needs: { db: db.connection } }, () => "ok");
    },
    { max: 1, acquireTimeout: 200 },
  );
  await using t = await testApp(app);
  const holding = t.get("/hold");
  await until("it is held", async () => (await t.get("/figures")).json<{ idle: number }>().idle === 0);
  const refused = await t.get("/quick");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  const problem = refused.json<{ type: string; detail: string }>();
  assert.match(problem.type, /pool_exhausted$/);
  assert.match(problem.detail, /All 1 connections were in use for 200 ms/);
  held.resolve();
  await holding;
  assert.equal((await t.get("/quick")).status, 200);
});

test("a client that leaves while its request waits for a connection leaves the queue", async () => {
  const held = Promise.withResolvers<void>();
  const app = appOn(
    (app, db) => {
      app.get("/hold", { needs: { db: db.connection } }, () => held.promise);
    },
    { max: 1, acquireTimeout: 60_000 },
  );
  await using t = await testApp(app, { socket: true });
  const waiting = async (): Promise<number> => (await t.get("/figures")).json<{ waiting: number }>().waiting;
  const holding = t.get("/hold");
  await until("it is held", async () => (await t.get("/figures")).json<{ idle: number }>().idle === 0);
  const leaving = new AbortController();
  const left = fetch(new URL("/hold", t.url), { signal: leaving.signal }).catch(() => "left");
  await until("the second one waits", async () => (await waiting()) === 1);
  leaving.abort();
  assert.equal(await left, "left");
  await until("it waits no more", async () => (await waiting()) === 0, 2_000);
  held.resolve();
  await holding;
});

/** What a handler may do to its connection, and whether the next request may get the same one. */
const deeds: readonly (readonly [string, boolean, (db: PostgresConnection) => unknown])[] = [
  ["a plain query", true, (db) => db.query("select 1")],
  ["a statement that fails", true, (db) => db.query("select 1 / 0").catch(() => {})],
  ["a whole transaction", true, async (db) => db.query("begin; select 1; commit")],
  ["a transaction with SET LOCAL", true, (db) => db.query("begin; set local work_mem = '1MB'; commit")],
  ["a transaction left open", false, (db) => db.query("begin")],
  ["a failed transaction left open", false, (db) => db.query("begin; select 1 / 0").catch(() => {})],
  ["a statement nobody waits for", false, (db) => void db.query("select pg_sleep(60)").catch(() => {})],
  ["LISTEN", false, (db) => db.query("listen news")],
  ["SET", false, (db) => db.query("set statement_timeout = 1")],
  ["set_config", false, (db) => db.query("select set_config('work_mem', '1MB', false)")],
  ["a temporary table", false, (db) => db.query("create temp table mine (id integer)")],
  ["an advisory lock", false, (db) => db.query("select pg_advisory_lock(1)")],
  ["a closed socket", false, (db) => db.query("select pg_terminate_backend(pg_backend_pid())").catch(() => {})],
];

test("a connection is lent again only when it is as it was", async (context) => {
  const app = appOn((app, db) => {
    app.get("/pid", { needs: { db: db.connection } }, ({ db }) => backendPid(db));
    for (const [name, , deed] of deeds) {
      app.post(`/${name.replaceAll(" ", "-")}`, { needs: { db: db.connection } }, async ({ db }) => {
        await deed(db);
      });
    }
  });
  await using t = await testApp(app);
  for (const [name, kept] of deeds) {
    await context.test(`after ${name} it is ${kept ? "lent again" : "closed"}`, async () => {
      const before = (await t.get("/pid")).json<number>();
      assert.equal((await t.post(`/${name.replaceAll(" ", "-")}`)).status, 204);
      const then = (await t.get("/pid")).json<number>();
      assert.equal(then === before, kept);
      assert.deepEqual((await t.get("/figures")).json(), { total: 1, idle: 1, waiting: 0 });
    });
  }
});

test("a handler whose client has left still finishes and is committed", async () => {
  const begun = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const app = appOn((app, db) => {
    app.post("/notes", { needs: { db: db.transaction, signal } }, async ({ db, signal }) => {
      signal.addEventListener("abort", () => left.resolve());
      await db.query(insert, ["kept"]);
      begun.resolve();
      await left.promise;
      await db.query(insert, ["kept too"]);
    });
  });
  await using t = await testApp(app, { socket: true });
  const leaving = new AbortController();
  const request = fetch(new URL("/notes", t.url), { method: "POST", signal: leaving.signal }).catch(() => "left");
  await begun.promise;
  leaving.abort();
  assert.equal(await request, "left");
  await t.idle();
  assert.deepEqual((await t.get("/notes")).json(), ["kept", "kept too"]);
});

test("what is used after its request is refused in words", async () => {
  const refused = Promise.withResolvers<KilnError>();
  const app = appOn((app, db) => {
    const late = async (db: PostgresConnection): Promise<void> => {
      await db.query("select 1").catch(refused.resolve);
    };
    app.post("/late", { needs: { db: db.transaction, background } }, ({ db, background }) => {
      background.add(late, db);
    });
  });
  await using t = await testApp(app);
  await t.post("/late");
  const error = await refused.promise;
  assert.equal(error.code, "KILN_POSTGRES_RELEASED");
  assert.match(error.message, /"transaction" was lent for one request/);
  await t.idle();
});

test("who still waits for the request's one client when the request ends is told so", async () => {
  const late = Promise.withResolvers<unknown>();
  const app = appOn((app, db) => {
    app.get("/", { needs: { db: db.connection } }, async ({ db }) => {
      await db.connect();
      // Nobody releases the first one, so this one waits beyond the end of the request.
      db.connect().then(late.resolve, late.reject);
      return "done";
    });
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/")).status, 200);
  await assert.rejects(late.promise, { code: "KILN_POSTGRES_RELEASED" });
});

test("isolation and access are those that were asked for", async () => {
  const app = appOn((app, db) => {
    const snapshot = db.transactionWith({ isolation: "serializable", readOnly: true, deferrable: true });
    assert.equal(snapshot, db.transactionWith({ isolation: "serializable", readOnly: true, deferrable: true }));
    app.get("/level", { needs: { db: snapshot } }, async ({ db }) => {
      const { rows } = await db.query<{ transaction_isolation: string }>("show transaction_isolation");
      return rows[0]?.transaction_isolation;
    });
    app.post("/write", { needs: { db: snapshot } }, async ({ db }) => {
      await db.query(insert, ["x"]);
    });
  });
  await using t = await testApp(app);
  assert.equal((await t.get("/level")).json(), "serializable");
  assert.equal((await t.post("/write")).status, 500);
});

test("a transaction cannot be ended, begun again or doubled by hand", async () => {
  const codes: string[] = [];
  const app = appOn((app, db) => {
    const collect = (error: KilnError): void => void codes.push(error.code);
    app.post("/hand", { needs: { db: db.transaction, same: db.connection } }, async ({ db, same }) => {
      await db.query(insert, ["kept"]);
      for (const text of ["commit", "  ROLLBACK", "begin", "start transaction", "end"]) {
        await db.query(text).catch(collect);
        await same.query(text).catch(collect);
      }
      await db.query("savepoint s");
      await db.query("select 1 / 0").catch(() => {});
      await db.query("rollback to savepoint s");
    });
    const two = { db: db.transaction, other: db.transactionWith({ isolation: "serializable" }) };
    app.post("/two", { needs: two }, () => "never");
    app.post("/hidden", { needs: { db: db.transaction } }, async ({ db }) => {
      await db.query("select 1; commit");
    });
  });
  await using t = await testApp(app);
  assert.equal((await t.post("/hand")).status, 204);
  assert.deepEqual(
    codes,
    Array.from({ length: 10 }, () => "KILN_POSTGRES_TRANSACTION"),
  );
  assert.deepEqual((await t.get("/notes")).json(), ["kept"]);
  assert.equal((await t.post("/two")).status, 500);
  assert.equal((await t.post("/hidden")).status, 500);
});

test("statements at once on one connection run one after the other", async () => {
  const app = appOn((app, db) => {
    app.post("/many", { needs: { db: db.transaction } }, async ({ db }) => {
      await Promise.all(["a", "b", "c"].map((text) => db.query(insert, [text])));
    });
  });
  await using t = await testApp(app);
  assert.equal((await t.post("/many")).status, 204);
  assert.deepEqual((await t.get("/notes")).json(), ["a", "b", "c"]);
});

test("a request that never asks the database begins no transaction", async () => {
  const app = appOn(
    (app, db) => {
      app.get("/none", { needs: { db: db.transaction } }, () => "nothing");
      app.get("/begun", { needs: { db: db.connection } }, async ({ db }) => {
        const { rows } = await db.query(
          "select from pg_stat_activity where pid = pg_backend_pid() and query like 'select%'",
        );
        const { rows: last } = await db.query<{ n: string }>(
          "select count(*) as n from pg_stat_activity where query = 'commit'",
        );
        return rows.length === 1 && last[0]?.n === "0";
      });
    },
    { max: 1 },
  );
  await using t = await testApp(app);
  assert.equal((await t.get("/none")).status, 200);
  assert.equal((await t.get("/begun")).json(), true);
});
