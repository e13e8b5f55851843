import { GiveUp, resource } from "kilnjs";
import { createTransport } from "nodemailer";
import { mailServer } from "./mail-server.ts";
import { settings } from "./settings.ts";

export interface Mail {
  /** The id of the job that sends it. */
  readonly id: string;
  readonly to: { readonly username: string; readonly email: string };
  readonly subject: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

/** Hands mails over to the mail server. */
export interface Mailer {
  /** Throws GiveUp when the server says that it will never take this mail. */
  send(mail: Mail): Promise<void>;
}

/** How often a mail is tried: a mail server may be away for some hours. */
export const mailRetry = { limit: 12, delay: "5s", maxDelay: "1h" } as const;

function refused(error: unknown): never {
  // Codes from 500 are for good; the others, and a server that is not there, are worth another attempt.
  const code = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
  throw code >= 500 ? new GiveUp("The mail server refuses the mail", { cause: error }) : error;
}

export const mailer = resource({ settings, mailServer }, function* mailer({ settings, mailServer }) {
  const transport = createTransport({ url: mailServer.reveal(), pool: true, connectionTimeout: 10_000 });
  const made: Mailer = {
    async send({ id, to, subject, text, signal }) {
      const message = { from: settings.mailFrom, to: { name: to.username, address: to.email }, subject, text, signal };
      // A job may run again after its mail has left. By its id the mailbox knows the second mail for the first.
      await transport.sendMail({ ...message, messageId: `<${id}@conduit>` }).catch(refused);
    },
  };
  yield made;
  transport.close();
});
