import assert from "node:assert/strict";
import { test } from "node:test";
import { operationOf, statementText } from "../../../src/integrations/postgres/statement-text.ts";

test("what is shown of a statement holds no value", () => {
  const cases: readonly (readonly [text: string, shown: string])[] = [
    ["select * from t1 where a = $1 and b = 'x'", "select * from t1 where a = $1 and b = ?"],
    ["select 'it''s', E'a\\'b', \"o'clock\"", 'select ?, ?, "o\'clock"'],
    ["select $tag$ it's $1 $tag$, $$x$$", "select ?, ?"],
    ["select 1, 2.5, 3e-10, -4, col2, 0x1F", "select ?, ?, ?, -?, col2, ?"],
    ["select 1 -- token 'abc'\nfrom t /* key=1 */", "select ?  \nfrom t"],
    ["select 'never closed", "select ?"],
    ["select $a$ never closed", "select ?"],
    ['/* trace */ insert into "T" values ($1, $2)', 'insert into "T" values ($1, $2)'],
    ["begin", "begin"],
  ];
  for (const [text, shown] of cases) assert.equal(statementText(text), shown);
});

test("a very long statement is cut", () => {
  assert.ok(statementText(`select ${"a, ".repeat(100_000)} 1`).length <= 10_000);
});

test("its first word is the operation", () => {
  assert.equal(operationOf("(select ?)"), "SELECT");
  assert.equal(operationOf("with x as (select ?) delete from t"), "WITH");
  assert.equal(operationOf(""), "QUERY");
});
