import { blocking } from "kilnjs";

const width = 1200;
const height = 630;
const attempts = 3_000;

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Numbers from 0 to 1 that look random and are the same for the same text. */
function numbersOf(text: string): () => number {
  let state = 2_166_136_261;
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619);
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x6d2b79f5;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** Puts discs where there is room, each as large as its place allows. */
function pack(next: () => number): Disc[] {
  const discs: Disc[] = [];
  for (let i = 0; i < attempts; i++) {
    const [x, y] = [next() * width, next() * height];
    const room = discs.reduce((least, disc) => Math.min(least, Math.hypot(disc.x - x, disc.y - y) - disc.radius), 90);
    if (room > 4) discs.push({ x, y, radius: room - 2 });
  }
  return discs;
}

/**
 * The cover of an article, an SVG made from its title: the same title has the same cover. It computes for tens of
 * milliseconds, in which no other request would be served if it did so on the event loop.
 */
export const paintCover = blocking(import.meta, function paintCover(title: string): string {
  const next = numbersOf(title);
  const hue = Math.floor(next() * 360);
  const circles = pack(next).map(({ x, y, radius }) => {
    const colour = `hsl(${Math.round(hue + next() * 60)} 70% ${Math.round(35 + next() * 40)}%)`;
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}" fill="${colour}"/>`;
  });
  const background = `<rect width="100%" height="100%" fill="hsl(${hue} 40% 12%)"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${background}${circles.join("")}</svg>`;
});
