import { defineSettings, Secret, secret } from "kilnjs";
import { z } from "zod";

const environment = process.env.NODE_ENV ?? "development";

// In production there is no default, so that nobody runs on a key that everybody knows.
const key = secret().describe("Signs the tokens; use at least 32 random bytes");
const jwtSecret = environment === "production" ? key : key.default(new Secret("not a secret: for development only"));

/** In place of the URL of a mail server: mails go to one of our own, which prints them. */
export const printed = "print:";
const mailServer = secret().describe(
  `Where mail is handed over, smtp://user:password@host:587; or ${printed} to print it`,
);
const smtpUrl = environment === "production" ? mailServer : mailServer.default(new Secret(printed));

export const settings = defineSettings({
  databaseUrl: z.string().default("embedded:.data/conduit").describe("A postgres:// URL, or embedded:<folder>"),
  jwtSecret,
  tokenLifetime: z.string().default("30d").describe("How long a token is good for, such as 12h or 30d"),
  passwordCost: z
    .int()
    .default(2 ** 14)
    .describe("Cost of scrypt, a power of two; memory is 1 KiB times this"),
  smtpUrl,
  mailFrom: z.string().default("Conduit <conduit@example.com>").describe("Whom mails come from"),
  demoData: z
    .boolean()
    .default(environment === "development")
    .describe("Puts a few users, articles and comments into an empty database; by default in development only"),
  port: z.coerce.number().int().default(8000),
});
