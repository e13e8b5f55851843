import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { log, resource, Secret } from "kilnjs";
import { printed, settings } from "./settings.ts";

async function print(message: Uint8Array): Promise<void> {
  const { default: PostalMime } = await import("postal-mime");
  const { to = [], subject = "", text: body = "" } = await PostalMime.parse(message);
  log.info({ to: to.map(({ address }) => address).join(", "), subject, text: body.trim() }, "mail_printed");
}

/** A mail server on a free port of this machine, which delivers nothing. */
async function startPrinter() {
  // Loaded here, since in production neither this nor the parser need be installed.
  const { SMTPServer } = await import("smtp-server");
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    // Connections that stay open are the pool of the mailer, which closes before this server does.
    closeTimeout: 1_000,
    onData: (stream, _session, done) =>
      void buffer(stream)
        .then(print)
        .then(() => done(), done),
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

/** The URL of the mail server: that of the settings, or of one that prints what it gets. */
export const mailServer = resource({ settings }, async function* mailServer({ settings }) {
  if (settings.smtpUrl.reveal() !== printed) return yield settings.smtpUrl;
  const server = await startPrinter();
  const { port } = server.server.address() as AddressInfo;
  yield new Secret(`smtp://127.0.0.1:${port}`);
  await new Promise<void>((resolve) => server.close(resolve));
});
