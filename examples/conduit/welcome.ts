import { job } from "kilnjs";
import { z } from "zod";
import { database } from "./db.ts";
import { mailer, mailRetry } from "./mailer.ts";
import { findUser } from "./user-queries.ts";

/** Enqueued with the registration, in one transaction: nobody is welcomed who does not exist, and nobody is forgotten. */
export const sendWelcome = job(
  "send-welcome",
  { payload: z.object({ userId: z.int() }), needs: { database, mailer }, retry: mailRetry, timeout: "1m" },
  async ({ payload, id, database, mailer, signal }) => {
    const user = await findUser(database, payload.userId);
    if (user === undefined) return;
    const text = `Hello ${user.username},\n\nyour account is ready. Follow somebody, or publish your first article.`;
    await mailer.send({ id, to: user, subject: "Welcome to Conduit", text, signal });
  },
);
