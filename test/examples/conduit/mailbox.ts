import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import PostalMime from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A mail as its mailbox has it. */
export interface Received {
  /** Whom the client of SMTP named, which need not be what the mail says of itself. */
  readonly recipients: readonly string[];
  readonly to: { readonly name: string; readonly address: string };
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
}

/** A mail server that keeps what it gets. */
export interface Mailbox extends AsyncDisposable {
  readonly url: string;
  readonly mails: readonly Received[];
  /** Answers that stand for the next mails, one each, in the place of taking them. */
  readonly refusals: number[];
}

async function read(message: Uint8Array, recipients: readonly string[]): Promise<Received> {
  const { to = [], from, subject = "", text = "", messageId = "" } = await PostalMime.parse(message);
  const [first] = to;
  return {
    recipients,
    to: { name: first?.name ?? "", address: first?.address ?? "" },
    from: from?.address ?? "",
    subject,
    text,
    messageId,
  };
}

export async function openMailbox(): Promise<Mailbox> {
  const mails: Received[] = [];
  const refusals: number[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    closeTimeout: 1_000,
    async onData(stream, { envelope }, done) {
      const message = await buffer(stream);
      const responseCode = refusals.shift();
      if (responseCode !== undefined) return done(Object.assign(new Error("Not today"), { responseCode }));
      mails.push(
        await read(
          message,
          envelope.rcptTo.map(({ address }) => address),
        ),
      );
      done();
    },
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  // A server that listens on a port has such an address.
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refusals,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}
