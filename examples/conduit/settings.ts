import { defineSettings, secret } from "kilnjs";
import { z } from "zod";

export const settings = defineSettings({
  databaseUrl: z
    .string()
    .default("embedded:.data/conduit")
    .describe("Postgres, or embedded:<folder> to start one there"),
  jwtSecret: secret().describe("Signs the tokens; at least 32 random bytes"),
  tokenLifetime: z.string().default("30d").describe("How long a token is good for, such as 12h or 30d"),
  passwordCost: z
    .int()
    .default(2 ** 15)
    .describe("Cost of scrypt, a power of two: memory is 1 KiB times this"),
  demoData: z.boolean().default(false).describe("Puts a few users, articles and comments into an empty database"),
  port: z.coerce.number().int().default(8000),
});
