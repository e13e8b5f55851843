/** What stands after the second: ".000Z" to ".999Z". */
const ends = Array.from({ length: 1000 }, (_, millisecond) => `.${String(millisecond).padStart(3, "0")}Z`);
let second = Number.NaN;
let start = "";
let last = Number.NaN;
let text = "";

/** Now, as ISO 8601 in UTC with milliseconds. `toISOString` is the dearest part of a short line: 1.3 us, where this takes 0.1. */
export function isoNow(): string {
  const now = Date.now();
  if (now === last) return text;
  last = now;
  const millisecond = now % 1000;
  if (now - millisecond !== second) {
    second = now - millisecond;
    start = new Date(second).toISOString().slice(0, 19);
  }
  text = `${start}${ends[millisecond]}`;
  return text;
}
