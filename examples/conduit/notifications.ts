import { job } from "kilnjs";
import { z } from "zod";
import { database, db, transaction } from "./db.ts";
import { isFirstRun } from "./finished-jobs.ts";
import { mailer, mailRetry } from "./mailer.ts";
import { findNotice, listFollowersOfAuthor } from "./notification-queries.ts";

/** One mail to one follower: a job of its own, so that one mailbox that is full has no other mail sent twice. */
const mailFollower = job(
  "mail-follower",
  {
    payload: z.object({ articleId: z.int(), followerId: z.int() }),
    needs: { database, mailer },
    retry: mailRetry,
    timeout: "1m",
  },
  async ({ payload, id, database, mailer, signal }) => {
    const notice = await findNotice(database, payload.articleId, payload.followerId);
    // Meanwhile the article may have been deleted, or its author be followed no more.
    if (notice === undefined) return;
    const { follower, author, title, description, slug } = notice;
    const text = `Hello ${follower.username},\n\n${description}\n\nRead it: /articles/${slug}`;
    await mailer.send({ id, to: follower, subject: `${author} has published: ${title}`, text, signal });
  },
);

/** Enqueued with the article, in one transaction. The mails are enqueued in one transaction too: all of them, once. */
export const notifyFollowers = job(
  "notify-followers",
  { payload: z.object({ articleId: z.int() }), needs: { transaction, tx: db.transaction, mail: mailFollower } },
  async ({ payload: { articleId }, id, transaction, tx, mail }) => {
    if (!(await isFirstRun(transaction, id))) return;
    const followers = await listFollowersOfAuthor(transaction, articleId);
    for (const followerId of followers) await mail({ articleId, followerId }, { tx });
  },
);
