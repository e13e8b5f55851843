import { type Blocking, blocking, move } from "kilnjs";

export interface Report {
  readonly title: string;
  readonly options?: unknown;
}

/** Says what kind of thing arrived. */
export const kindOf: Blocking<[value: unknown], string> = blocking(
  import.meta,
  function kindOf(value: unknown): string {
    return Object.prototype.toString.call(value);
  },
);

export const same: Blocking<[value: unknown], unknown> = blocking(import.meta, function same(value: unknown): unknown {
  return value;
});

export const report: Blocking<[report: Report, copies: number], string> = blocking(
  import.meta,
  function report({ title }: Report, copies: number): string {
    return title.repeat(copies);
  },
);

/** The result says whether the address of the bytes is another, which a copy's is: no copy leaves its sender empty. */
export const invert: Blocking<[image: Uint8Array], Uint8Array> = blocking(
  import.meta,
  function invert(image: Uint8Array): Uint8Array {
    for (let i = 0; i < image.length; i += 4096) image[i] = 255 - (image[i] ?? 0);
    return move(image);
  },
);

let kept: Uint8Array | undefined;

export const keep: Blocking<[image: Uint8Array, how: "move" | "copy"], { readonly nested: Uint8Array[] }> = blocking(
  import.meta,
  function keep(image: Uint8Array, how: "move" | "copy"): { readonly nested: Uint8Array[] } {
    kept = image;
    return { nested: [how === "move" ? move(image) : image] };
  },
);

/** How much the thread still has of what `keep` returned. */
export const keptLength: Blocking<[], number | undefined> = blocking(import.meta, function keptLength():
  | number
  | undefined {
  return kept?.length;
});

export const zipped: Blocking<[text: string], Buffer> = blocking(import.meta, function zipped(text: string): Buffer {
  return Buffer.from(text);
});

export const badResult: Blocking<[how: string], unknown> = blocking(
  import.meta,
  function badResult(how: string): unknown {
    if (how === "function") return { list: [1, { done: () => 1 }] };
    if (how === "socket") return { list: Array.from({ length: 20_000 }, () => 1), last: () => 1 };
    return Symbol("x");
  },
);
