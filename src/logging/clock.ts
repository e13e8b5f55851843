/** What stands after the second: ".000Z" to ".999Z". */
const ends = Array.from({ length: 1000 }, (_, millisecond) => `.${String(millisecond).padStart(3, "0")}Z`);
let second = Number.NaN;
let start = "";
let last = Number.NaN;
let text = "";

const own = Date;
/** For how many milliseconds the clock of the process is taken to go like that of the world, which may be set. */
const asked = 100;
let wall = 0;
let wallAt = Number.NEGATIVE_INFINITY;

/**
 * Milliseconds since 1970, at most one behind and a change of the clock a tenth of a second late. To ask `Date.now()` leaves
 * what V8 has compiled, which a busy server feels: 0.8 us for each line and answer, where `performance.now()` takes 0.3.
 */
export function wallNow(): number {
  // Tests put a clock of their own in its place.
  if (Date !== own) return Date.now();
  const now = performance.now();
  if (now - wallAt >= asked) {
    wall = Date.now();
    wallAt = now;
  }
  return wall + Math.floor(now - wallAt);
}

/** Now, as ISO 8601 in UTC with milliseconds. `toISOString` is the dearest part of a short line: 1.3 us, where this takes 0.1. */
export function isoNow(): string {
  const now = wallNow();
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
