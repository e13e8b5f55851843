import assert from "node:assert/strict";
import { test } from "node:test";
import { depends } from "kilnjs";
import { testApp } from "kilnjs/testing";
import type { PluginTransformResultArgs } from "kysely";
import { database, db, kyselyOn } from "../../../examples/conduit/db.ts";
import { app } from "../../../examples/conduit/main.ts";
import { publish, register } from "./actors.ts";
import { type Answer, type Api, apiOver } from "./api.ts";
import { type Article, articleOf, assertErrors, type User } from "./shapes.ts";
import { ownConduit, sendOver, testSettings } from "./targets.ts";

interface Status {
  readonly id: string;
  readonly state: string;
  readonly progress?: number;
  readonly note?: string;
  readonly result?: { readonly exportedAt: string; readonly articles: Article[] };
  readonly problem?: { readonly title: string; readonly detail?: string };
}

function startedAt(answer: Answer): string {
  assert.equal(answer.status, 202, answer.text);
  const { id, status } = answer.json as { id: string; status: string };
  assert.equal(status, `/api/user/export/${id}`);
  assert.equal(answer.headers.get("location"), status);
  assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/);
  // Else a front end of another origin is not shown these two.
  assert.equal(answer.headers.get("access-control-expose-headers"), "location, retry-after");
  return status.replace("/api", "");
}

async function statusOf(api: Api, { token }: User, path: string): Promise<Status> {
  const answer = await api.get(path, { token });
  assert.equal(answer.status, 200, answer.text);
  return answer.json as Status;
}

ownConduit("export", (api) => {
  test("gives all articles of a user, as the API shows them, to that user alone", async () => {
    const [author, other] = await Promise.all([register(api), register(api)]);
    const first = await publish(api, author, { tagList: ["one", "two"] });
    const second = await publish(api, author);
    await publish(api, other);
    const path = startedAt(await api.post("/user/export", { token: author.token }));
    let status = await statusOf(api, author, path);
    while (status.state !== "done") {
      assert.match(status.state, /^(waiting|running)$/);
      status = await statusOf(api, author, path);
    }
    assert.deepEqual(status.result?.articles, [first, second]);
    articleOf({
      status: 200,
      headers: new Headers({ "content-type": "application/json" }),
      text: "",
      json: {
        article: status.result?.articles[0],
      },
    });

    for (const at of [path, `${path}/events`]) {
      assertErrors(await api.get(at, { token: other.token }), 404, { export: ["not found"] });
      assertErrors(await api.get(at), 401, { token: ["is missing"] });
    }
    const events = await api.get(`${path}/events`, { token: author.token });
    assert.match(events.text, /event: done\ndata: .*"articles"/);
  });

  test("of nothing is empty", async () => {
    const author = await register(api);
    const path = startedAt(await api.post("/user/export", { token: author.token }));
    const events = await api.get(`${path}/events`, { token: author.token });
    assert.match(events.text, /event: done/);
    assert.deepEqual((await statusOf(api, author, path)).result?.articles, []);
  });

  test("is for users only, and finds none that does not exist", async () => {
    assertErrors(await api.post("/user/export"), 401, { token: ["is missing"] });
    const { token } = await register(api);
    for (const id of ["8f5e4a4e-3e1e-4b0c-9b43-0a4a5d1c2b3a", "7", "%00"]) {
      assertErrors(await api.get(`/user/export/${id}`, { token }), 404, { export: ["not found"] });
    }
  });
});

/** The database, whose last page of articles waits until it is let go. */
function gated() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gate = {
    transformQuery: <Q>({ node }: { node: Q }): Q => node,
    async transformResult({ result }: PluginTransformResultArgs) {
      if (result.rows.length === 10 && result.rows.every((row) => "body" in row)) await opened;
      return result;
    },
  };
  const slow = depends({ connection: db.connection }, ({ connection }) => kyselyOn(connection).withPlugin(gate));
  return { open, slow, [Symbol.dispose]: open };
}

test("progress is shown and streamed, and whoever asks again meanwhile gets the same export", async () => {
  const { open, slow, ...gate } = gated();
  await using t = await testApp(app, { settings: testSettings, socket: true, replace: [[database, slow]] });
  // Closed first, so that a case that fails lets the job end.
  using _ = gate;
  const api = apiOver(() => sendOver(t));
  const author = await register(api);
  await t.value(db.pool).query(
    `insert into articles (author_id, slug, title, description, body)
     select users.id, n::text, 'Article ' || n, 'About it', 'All of it'
     from users, generate_series(1, 60) as n where username = $1`,
    [author.username],
  );
  const path = startedAt(await api.post("/user/export", { token: author.token }));
  let status = await statusOf(api, author, path);
  while (status.progress === undefined) status = await statusOf(api, author, path);
  assert.deepEqual(status, { id: status.id, state: "running", progress: 83, note: "50 of 60 articles" });
  assert.equal(startedAt(await api.post("/user/export", { token: author.token })), path);

  const headers = { authorization: `Token ${author.token}` };
  const { body } = await fetch(`${t.url}/api${path}/events`, { headers });
  let events = "";
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    events += text;
    // The stream ends by itself when the export is done.
    if (events.includes("event: progress") && events.endsWith("\n\n")) open();
  }
  const seen = [...events.matchAll(/event: (\w+)\ndata: (.*)/g)].map(([, event, data]) => ({ event, data }));
  assert.equal(seen[0]?.event, "progress");
  assert.match(seen[0]?.data ?? "", /"note":"50 of 60 articles"/);
  assert.equal(seen.at(-1)?.event, "done");
  assert.equal((await statusOf(api, author, path)).result?.articles.length, 60);
});

test("articles that are too long for one document are not exported", async () => {
  await using t = await testApp(app, { settings: testSettings });
  const api = apiOver(() => sendOver(t));
  const author = await register(api);
  await t.value(db.pool).query(
    `insert into articles (author_id, slug, title, description, body)
     select users.id, n::text, 'Article ' || n, 'About it', repeat('long ', 200000)
     from users, generate_series(1, 20) as n where username = $1`,
    [author.username],
  );
  const path = startedAt(await api.post("/user/export", { token: author.token }));
  await t.idle();
  const { state, problem } = await statusOf(api, author, path);
  assert.deepEqual([state, problem?.detail], ["failed", "The articles are too long for one export"]);
});
