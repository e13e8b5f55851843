import { type Blocking, blocking, httpError, KilnError } from "kilnjs";

export const NoSuchFont: ReturnType<typeof httpError<422, "no_such_font">> = httpError(
  422,
  "no_such_font",
  "No font has this name",
);

export class OutOfInk extends Error {
  override readonly name = "OutOfInk";
  readonly colour: string;
  constructor(colour: string, options?: ErrorOptions) {
    super(`no ${colour} left`, options);
    this.colour = colour;
  }
  get advice(): string {
    return `buy ${this.colour}`;
  }
}

export class FontTooOld extends NoSuchFont {
  readonly year = 1984;
}

function throwKind(kind: string): never {
  switch (kind) {
    case "http":
      throw new NoSuchFont("Comic", {
        headers: { "retry-after": "5" },
        extra: { font: "Comic" },
        cause: new RangeError("not in the list"),
      });
    case "subclass":
      throw new FontTooOld();
    case "unknown-http":
      throw new (httpError(418, "made_in_thread", "Made in the thread"))();
    case "own":
      throw new OutOfInk("cyan", { cause: new TypeError("the printer", { cause: "a text" }) });
    case "aggregate":
      throw new AggregateError([new RangeError("one"), new OutOfInk("black")], "two things");
    case "dom":
      throw new DOMException("too slow", "TimeoutError");
    case "system":
      throw Object.assign(new Error("no file"), { code: "ENOENT", errno: -2, callback: () => 1 });
    case "kiln":
      throw new KilnError("KILN_BODY_METHOD", { where: "a", what: "b", why: "c", fix: "d" });
    case "text":
      throw "only text";
    case "circle": {
      const error = new Error("round");
      error.cause = error;
      throw error;
    }
    case "knot": {
      const error = new AggregateError([], "knotted");
      for (let i = 0; i < 8; i++) error.errors.push(error);
      throw error;
    }
    case "odd-aggregate":
      throw Object.assign(new AggregateError([], "odd"), { errors: 7 });
    default:
      throw new SyntaxError("no such kind");
  }
}

export const print: Blocking<[kind: string], never> = blocking(import.meta, function print(kind: string): never {
  return throwKind(kind);
});

export const printCarefully: Blocking<[kind: string], never> = blocking(
  import.meta,
  async function printCarefully(kind: string): Promise<never> {
    await null;
    return throwKind(kind);
  },
  { errors: [OutOfInk, FontTooOld] },
);
