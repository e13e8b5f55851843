import assert from "node:assert/strict";
import { test } from "node:test";
import { changesSession, controlsTransaction } from "../../../src/integrations/postgres/session-state.ts";

const changing: readonly (readonly [string, string])[] = [
  ["SET", "set search_path = a"],
  ["SET", "set session role a"],
  ["RESET", "reset all"],
  ["LISTEN", "listen a"],
  ["LOAD", "load 'auto_explain'"],
  ["PREPARE", "prepare a as select 1"],
  ["DISCARD", "discard all"],
  ["CREATE", "create temp table a ()"],
  ["CREATE", "CREATE LOCAL TEMPORARY TABLE a ()"],
  ["DECLARE", "declare a cursor with hold for select 1"],
  ["SELECT", "select pg_advisory_lock(1)"],
  ["SELECT", "select pg_try_advisory_lock_shared(1)"],
  ["SELECT", "select set_config('a.b', $1, false)"],
  ["SELECT", "select set_config($1, $2, $3)"],
];
const harmless: readonly (readonly [string | null, string])[] = [
  ["SELECT", "select 1"],
  ["SELECT", "select temp from readings"],
  ["SELECT", "select pg_advisory_xact_lock(1)"],
  ["SELECT", "select set_config('a.b', $1, true)"],
  ["SET", "set local role a"],
  ["SET", "SET TRANSACTION READ ONLY"],
  ["SET", "set constraints all deferred"],
  ["CREATE", "create table temperatures ()"],
  ["DECLARE", "declare a cursor for select 1"],
  ["INSERT", "insert into a values ('set role b')"],
  [null, ""],
];

test("statements that change the session are told from those that do not", () => {
  for (const [command, text] of changing) {
    assert.ok(changesSession(text, { command }), text);
  }
  for (const [command, text] of harmless) assert.ok(!changesSession(text, { command }), text);
  assert.ok(changesSession("select 1; listen a", [{ command: "SELECT" }, { command: "LISTEN" }]));
});

test("statements that begin or end a transaction are told from savepoints", () => {
  for (const text of [
    "begin",
    " BEGIN isolation level serializable",
    "start  transaction",
    "commit",
    "COMMIT;",
    "rollback",
    "rollback work",
    "abort",
    "end",
    "prepare transaction 'a'",
  ]) {
    assert.ok(controlsTransaction(text), text);
  }
  for (const text of [
    "savepoint a",
    "rollback to a",
    "ROLLBACK TO SAVEPOINT a",
    "rollback work to a",
    "release a",
    "select 1",
    "prepare a as select 1",
    "beginning",
    "insert into a values ('commit')",
  ]) {
    assert.ok(!controlsTransaction(text), text);
  }
});
