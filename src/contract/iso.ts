const dayForm = /^(\d{4})-(\d{2})-(\d{2})$/;
const timeForm = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:\d{2})?$/;

function utcDay(year: number, month: number, day: number): Date | undefined {
  const date = new Date(0);
  // Date.UTC() takes the years 0 to 99 for 1900 to 1999; the setter does not.
  date.setUTCFullYear(year, month - 1, day);
  // A day that does not exist, such as the 30th of February, has moved on to another month.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}

/**
 * Reads an ISO 8601 day.
 *
 * @param text `YYYY-MM-DD`
 * @returns midnight UTC of that day, or undefined when the text has another form or no such day exists
 */
export function parseDay(text: string): Date | undefined {
  const match = dayForm.exec(text);
  return match === null ? undefined : utcDay(Number(match[1]), Number(match[2]), Number(match[3]));
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/**
 * Reads an ISO 8601 date and time. Fractions of a second beyond milliseconds are cut off.
 *
 * @param text for example `2026-01-31T12:00:00Z` or `2026-01-31T14:00+02:00`
 * @param local the offset to take where the text names none, or undefined to refuse such a text
 * @returns the moment, or undefined when the text has another form or no such moment exists
 */
export function parseMoment(text: string, local?: "Z"): Date | undefined {
  const match = timeForm.exec(text);
  const zone = match?.[8] ?? local;
  if (match === null || zone === undefined) return undefined;
  const [hours, minutes, seconds] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)];
  const offset = offsetMinutes(zone);
  const day = utcDay(Number(match[1]), Number(match[2]), Number(match[3]));
  if (day === undefined || offset === undefined || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const milliseconds = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const moment = new Date(day.getTime() + ((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + milliseconds);
  return isWritable(moment) ? moment : undefined;
}

/** Whether a date is one that ISO 8601 writes with a year of four digits. */
export function isWritable(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999;
}

/** Whether a date is midnight UTC, that is: a day and nothing more. */
export function isDay(date: Date): boolean {
  return date.getTime() % 86_400_000 === 0;
}

/** Writes a day as `YYYY-MM-DD`. */
export function formatDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
