import assert from "node:assert/strict";
import { test } from "node:test";
import { depends } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { db, kyselyOn, transaction } from "../../../examples/conduit/db.ts";
import { app } from "../../../examples/conduit/main.ts";
import { notifyFollowers } from "../../../examples/conduit/notifications.ts";
import { publish, register } from "./actors.ts";
import { type Api, apiOver } from "./api.ts";
import { type Mailbox, openMailbox } from "./mailbox.ts";
import { profileOf, type User } from "./shapes.ts";
import { sendOver, testSettings } from "./targets.ts";

const apiOf = (t: TestApp): Api => apiOver(() => sendOver(t));
const about = "has published: ";

function told({ mails }: Mailbox): string[] {
  return mails.flatMap(({ subject, recipients }) => (subject.includes(about) ? recipients : [])).sort();
}

async function follow(api: Api, follower: User, author: User): Promise<void> {
  profileOf(await api.post(`/profiles/${author.username}/follow`, { token: follower.token }));
}

test("an article is told to the followers of its author, and to nobody else", async () => {
  await using mailbox = await openMailbox();
  await using t = await testApp(app, { settings: { ...testSettings, smtpUrl: mailbox.url } });
  const api = apiOf(t);
  const [author, ada, bob] = await Promise.all(["author", "ada", "bob"].map((name) => register(api, name)));
  assert.ok(author && ada && bob);
  await register(api, "stranger");
  await Promise.all([follow(api, ada, author), follow(api, bob, author), follow(api, author, ada)]);
  const { slug, title } = await publish(api, author, { title: "Rain\r\nBcc: everybody@test.com" });
  await t.idle();
  assert.deepEqual(told(mailbox), [ada.email, bob.email].sort());
  const mail = mailbox.mails.find(({ recipients }) => recipients.includes(ada.email) && recipients.length === 1);
  assert.ok(mail);
  const subjects = mailbox.mails.map(({ subject }) => subject).filter((subject) => subject.includes(about));
  assert.deepEqual(new Set(subjects), new Set([`${author.username} ${about}${title.replace("\r\n", " ")}`]));
  assert.ok(
    mailbox.mails.some(({ text }) => text === `Hello ${bob.username},\n\nAbout it\n\nRead it: /articles/${slug}\n`),
  );
});

test("who follows no more when the mail would leave is not told", async () => {
  await using mailbox = await openMailbox();
  await using t = await testApp(app, { settings: { ...testSettings, smtpUrl: mailbox.url } });
  const api = apiOf(t);
  const [author, ada, bob] = await Promise.all(["author", "ada", "bob"].map((name) => register(api, name)));
  assert.ok(author && ada && bob);
  await Promise.all([follow(api, ada, author), follow(api, bob, author)]);
  await t.idle();
  mailbox.refusals.push(451, 451);
  await publish(api, author);
  await t.idle();
  assert.deepEqual(told(mailbox), []);
  await api.delete(`/profiles/${author.username}/follow`, { token: ada.token });
  await t.advance("1m");
  await t.idle();
  assert.deepEqual(told(mailbox), [bob.email]);
});

test("a run that comes again after its work was committed tells nobody twice", async () => {
  let cutOff = false;
  // Its clean-up comes after the commit, as the end of a process might.
  const end = depends({}, function* end() {
    yield;
    if (cutOff) {
      cutOff = false;
      throw new Error("cut off");
    }
  });
  const cutOffAfterCommit = depends({ end, connection: db.transaction }, ({ connection }) => kyselyOn(connection));
  await using mailbox = await openMailbox();
  await using t = await testApp(app, {
    settings: { ...testSettings, smtpUrl: mailbox.url },
    replace: [[transaction, cutOffAfterCommit]],
  });
  const api = apiOf(t);
  const [author, ada] = await Promise.all(["author", "ada"].map((name) => register(api, name)));
  assert.ok(author && ada);
  await follow(api, ada, author);
  await t.idle();
  const { rows } = await t.value(db.pool).query<{ id: number }>(
    `insert into articles (author_id, slug, title, description, body)
     select id, 'rain', 'Rain', 'About it', 'All of it' from users where username = $1 returning id`,
    [author.username],
  );
  cutOff = true;
  await t.value(notifyFollowers)({ articleId: rows[0]?.id ?? 0 });
  await t.idle();
  await t.advance("1m");
  await t.idle();
  const [job] = await t.jobs("notify-followers");
  assert.deepEqual([job?.state, job?.attempts], ["done", 2]);
  assert.deepEqual(told(mailbox), [ada.email]);
});
