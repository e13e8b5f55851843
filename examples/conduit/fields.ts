import { z } from "zod";

/** What Conduit says of something that is missing, null or empty. */
export const blank = "can't be blank";

/** Postgres cannot store the character U+0000, so no text of this API may hold it. */
const isStorable = (value: string): boolean => !value.includes("\0");

/** A text that is not blank. */
export function text(max: number): z.ZodString {
  return z
    .string({ error: ({ input }) => (input === undefined || input === null ? blank : "is invalid") })
    .regex(/\S/, blank)
    .refine(isStorable, "is invalid")
    .max(max, `is too long (maximum is ${max} characters)`);
}

/** A text that may be empty or null; empty means null. */
export function nullableText(max: number) {
  return z
    .string("is invalid")
    .refine(isStorable, "is invalid")
    .max(max, `is too long (maximum is ${max} characters)`)
    .nullable()
    .transform((value) => (value === "" ? null : value));
}

/** A name in a path or a query: it finds something or nothing, so only what the database cannot be asked is refused. */
export const lookup: z.ZodString = z.string().refine(isStorable, "is invalid");
