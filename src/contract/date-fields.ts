import { z } from "zod";
import { type Field, field } from "./field.ts";
import { formatDay, isDay, isWritable, parseDay, parseMoment } from "./iso.ts";

/** A field that is a `Date` in the program. */
export type DateField = Field<z.ZodDate>;

/** Options of {@link datetime}. */
export interface DatetimeOptions {
  /** Takes a time without an offset for UTC; else such a time is refused, because nobody can tell what it means. */
  readonly local?: "utc";
}

/**
 * A moment: ISO 8601 with an offset or `Z` on the wire, a `Date` in the program. It is sent in UTC with milliseconds,
 * and only moments that exist are read. Fractions beyond milliseconds are cut off.
 *
 * @param options `local: "utc"` also reads times without an offset
 * @returns a Zod codec
 *
 * @example
 * ```ts
 * import { datetime, model } from "kilnjs";
 * export const Event = model("Event", { startsAt: datetime(), endsAt: datetime().optional() });
 * // {"startsAt": "2026-01-31T14:00:00+02:00"} is read; {"startsAt": "2026-01-31T12:00:00.000Z"} is sent
 * ```
 */
export function datetime(options: DatetimeOptions = {}): DateField {
  const local = options.local === "utc" ? "Z" : undefined;
  return field({
    out: z.date(),
    decode: (text) => parseMoment(text, local),
    encode: (value) => (isWritable(value) ? value.toISOString() : undefined),
    message: "Must be a date and time that exists in ISO 8601 with an offset, such as 2026-01-31T12:00:00Z",
    wireSchema: { format: "date-time" },
  });
}

/**
 * A day without a time: `YYYY-MM-DD` on the wire, a `Date` at midnight UTC in the program. A `Date` that is not midnight
 * UTC is no day and is not sent, because cutting it off would move it to another day for half of the world.
 *
 * @returns a Zod codec
 *
 * @example
 * ```ts
 * import { date, model } from "kilnjs";
 * export const Person = model("Person", { birthday: date() });   // {"birthday": "1815-12-10"}
 * ```
 */
export function date(): DateField {
  return field({
    out: z.date(),
    decode: parseDay,
    encode: (value) => (isWritable(value) && isDay(value) ? formatDay(value) : undefined),
    message: "Must be a day that exists in ISO 8601, such as 2026-01-31",
    wireSchema: { format: "date" },
  });
}
