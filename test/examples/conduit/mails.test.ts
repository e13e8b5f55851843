import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestApp, testApp } from "kilnjs/testing";
import { type Tokens, tokens } from "../../../examples/conduit/auth.ts";
import { app } from "../../../examples/conduit/main.ts";
import { password, register } from "./actors.ts";
import { type Api, apiOver } from "./api.ts";
import { type Mailbox, openMailbox } from "./mailbox.ts";
import { assertErrors, userOf } from "./shapes.ts";
import { sendOver, testSettings } from "./targets.ts";

function start({ url }: Mailbox): Promise<TestApp> {
  return testApp(app, { settings: { ...testSettings, smtpUrl: url } });
}

const apiOf = (t: TestApp): Api => apiOver(() => sendOver(t));

test("a new user gets a welcome mail", async () => {
  await using mailbox = await openMailbox();
  await using t = await start(mailbox);
  const [username, email] = ["Jürgen, the 1st <b@test.com>", "juergen@test.com"];
  userOf(await apiOf(t).post("/users", { json: { user: { username, email, password } } }), 201);
  await t.idle();
  const [job] = await t.jobs("send-welcome");
  assert.deepEqual(mailbox.mails, [
    {
      recipients: [email],
      to: { name: username, address: email },
      from: "conduit@example.com",
      subject: "Welcome to Conduit",
      text: `Hello ${username},\n\nyour account is ready. Follow somebody, or publish your first article.\n`,
      messageId: `<${job?.id}@conduit>`,
    },
  ]);
});

test("a registration that is refused sends no mail", async () => {
  await using mailbox = await openMailbox();
  await using t = await start(mailbox);
  const api = apiOf(t);
  const { email } = await register(api);
  const again = await api.post("/users", { json: { user: { username: "another", email, password } } });
  assertErrors(again, 409, { email: ["has already been taken"] });
  await t.idle();
  assert.deepEqual(
    mailbox.mails.map(({ recipients }) => recipients),
    [[email]],
  );
});

test("a registration that fails after the mail was enqueued sends none", async () => {
  await using mailbox = await openMailbox();
  const failing: Tokens = { issue: () => Promise.reject(new Error("no token today")), verify: async () => 0 };
  await using t = await testApp(app, {
    settings: { ...testSettings, smtpUrl: mailbox.url },
    replace: [[tokens, failing]],
  });
  const user = { username: "ada", email: "ada@test.com", password };
  assert.equal((await apiOf(t).post("/users", { json: { user } })).status, 500);
  await t.idle();
  assert.deepEqual(await t.jobs("send-welcome"), []);
  assert.deepEqual(mailbox.mails, []);
});

test("a mail server that is busy gets the mail later, under the same id", async () => {
  await using mailbox = await openMailbox();
  await using t = await start(mailbox);
  mailbox.refusals.push(451);
  await register(apiOf(t));
  await t.idle();
  const [waiting] = await t.jobs("send-welcome");
  assert.deepEqual([waiting?.state, waiting?.attempts, mailbox.mails.length], ["delayed", 1, 0]);
  await t.advance("1m");
  await t.idle();
  assert.deepEqual(
    mailbox.mails.map(({ messageId }) => messageId),
    [`<${waiting?.id}@conduit>`],
  );
});

test("a mail that the server refuses for good is not tried again", async () => {
  await using mailbox = await openMailbox();
  await using t = await start(mailbox);
  mailbox.refusals.push(550);
  await register(apiOf(t));
  await t.idle();
  const [failed] = await t.jobs("send-welcome");
  assert.deepEqual([failed?.state, failed?.attempts, failed?.error?.name], ["failed", 1, "GiveUp"]);
  assert.deepEqual(mailbox.mails, []);
});

test("without a mail server, mails are printed", async () => {
  await using t = await testApp(app, { settings: testSettings });
  const { username, email } = await register(apiOf(t));
  await t.idle();
  const printed = t.logs.find("mail_printed");
  assert.equal(printed?.to, email);
  assert.equal(printed?.subject, "Welcome to Conduit");
  assert.match(String(printed?.text), new RegExp(`^Hello ${username},\n\nyour account is ready`));
});
