import assert from "node:assert/strict";
import { test } from "node:test";
import { testApp } from "kilnjs/testing";
import { db } from "../../../examples/conduit/db.ts";
import { app } from "../../../examples/conduit/main.ts";
import { publish, register } from "./actors.ts";
import { apiOver } from "./api.ts";
import { sendOver, testSettings } from "./targets.ts";

interface TagCount {
  readonly tag: string;
  readonly articles: number;
}

test("tags are counted once a night", async () => {
  await using t = await testApp(app, { settings: testSettings });
  const api = apiOver(() => sendOver(t));
  const counts = async () => {
    const answer = await api.get("/tags/counts");
    assert.equal(answer.status, 200);
    return (answer.json as { counts: TagCount[] }).counts.map(({ tag, articles }) => [tag, articles]);
  };
  const author = await register(api);
  await publish(api, author, { tagList: ["seldom", "often"] });
  const { slug } = await publish(api, author, { tagList: ["often"] });
  assert.deepEqual(await counts(), []);
  await t.advance("24h");
  await t.idle();
  assert.deepEqual(await counts(), [
    ["often", 2],
    ["seldom", 1],
  ]);
  assert.equal((await t.jobs("recount-tags")).length, 1);

  await api.delete(`/articles/${slug}`, { token: author.token });
  assert.deepEqual((await counts())[0], ["often", 2]);
  await t.advance("24h");
  await t.idle();
  assert.deepEqual(await counts(), [
    ["often", 1],
    ["seldom", 1],
  ]);
});

test("what is known of finished jobs is forgotten after a month", async () => {
  await using t = await testApp(app, { settings: testSettings });
  const pool = t.value(db.pool);
  await pool.query(`insert into finished_jobs (id, finished_at)
    values (gen_random_uuid(), now() - interval '31 days'), (gen_random_uuid(), now() - interval '29 days')`);
  await t.advance("24h");
  await t.idle();
  const { rows } = await pool.query<{ kept: number }>("select count(*)::integer as kept from finished_jobs");
  assert.deepEqual(rows, [{ kept: 1 }]);
});
