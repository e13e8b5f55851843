import { Buffer } from "node:buffer";

/** The most texts that are kept; names and messages may come from outside, and a stranger must not grow this without end. */
const mostKept = 2_000;
const longestKept = 256;

/**
 * The same text in one piece. What is put together with `+` is a tree of its parts for V8, which whoever writes it walks
 * through: 35 ns for each part, in each line.
 */
function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}

function copyOf<T>(key: T): T {
  // A text of the same characters is of every type that the first one has.
  return typeof key === "string" ? (inOnePiece(key) as T & string) : key;
}

/** Texts that are made once for each pair of keys. */
export class Pieces<K> {
  readonly #kept = new Map<K, Map<string | number, string>>();
  #size = 0;

  get(one: K, other: string | number): string | undefined {
    return this.#kept.get(one)?.get(other);
  }

  /**
   * Keeps a text, unless it is long or there are many already; returns it in any case. Its keys are kept as copies: a part
   * of a long text holds all of it.
   */
  keep(one: K, other: string | number, text: string): string {
    if (this.#size >= mostKept || text.length > longestKept) return text;
    let inner = this.#kept.get(one);
    if (inner === undefined) {
      inner = new Map();
      this.#kept.set(copyOf(one), inner);
    }
    const piece = inOnePiece(text);
    inner.set(copyOf(other), piece);
    this.#size += 1;
    return piece;
  }
}

/** What a text begins with that has the time in it: made anew once in a millisecond, in one piece. */
export class TimedHead {
  readonly #bytes: Buffer;
  readonly #at: number;
  #time = "";
  #text = "";

  /** @param before stands before the time; a time has 24 characters */
  constructor(before: string, after: string) {
    this.#bytes = Buffer.from(before + " ".repeat(24) + after);
    this.#at = Buffer.byteLength(before);
  }

  textAt(time: string): string {
    if (time !== this.#time) {
      this.#time = time;
      this.#bytes.write(time, this.#at, "latin1");
      this.#text = this.#bytes.toString();
    }
    return this.#text;
  }
}
