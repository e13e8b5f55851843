// Compiled by `tsc` with everything else: what must infer is used, what must not compile is marked.
import type { KeyObject } from "node:crypto";
import { type Blocking, background, blocking, depends, httpError, kiln, move, query, resource, router } from "kilnjs";
import { z } from "zod";

interface Tree {
  readonly value: number;
  readonly children: readonly Tree[];
}
interface Options {
  readonly quality?: number;
  readonly taken: Date;
  readonly sizes: ReadonlyMap<string, readonly number[]>;
  readonly key?: KeyObject;
}

// Parameters and result are those of the function, the result as a promise.
const thumbnail = blocking(
  import.meta,
  function thumbnail(image: Uint8Array, width: number, options?: Options): Uint8Array {
    return image.subarray(width + (options?.quality ?? 0));
  },
);
const image: Promise<Uint8Array> = thumbnail(new Uint8Array(1), 2, { taken: new Date(), sizes: new Map() });
// A Buffer is a Uint8Array where one is asked for.
void thumbnail(Buffer.from("x"), 2);
void thumbnail(move(Buffer.from("x")), 2).then((bytes) => bytes.length);
const typed: Blocking<[image: Uint8Array, width: number, options?: Options], Uint8Array> = thumbnail;

// Async functions, functions of nothing, what is not known before, recursive data.
const grown = blocking(import.meta, async function grown(tree: Tree): Promise<{ tree: Tree; seen: Set<string> }> {
  return { tree, seen: new Set() };
});
const seen: Promise<Set<string>> = grown({ value: 1, children: [] }).then((result) => result.seen);
const nothing: Promise<void> = blocking(import.meta, function nothing(): void {})();
const text: Promise<string> = blocking(import.meta, function shown(value: unknown): string {
  return String(value);
})(1);
const zipped: Promise<Uint8Array> = blocking(import.meta, function zipped(plain: string): Buffer {
  return Buffer.from(plain);
})("x");

// The signal is the function's, not the caller's.
const told = blocking(
  import.meta,
  function told(pages: number, signal: AbortSignal): boolean {
    return signal.aborted && pages > 0;
  },
  { signal: true },
);
const wasTold: Promise<boolean> = told.with({ signal: AbortSignal.timeout(1) })(3);
// @ts-expect-error the caller does not pass it
void told(3, AbortSignal.abort());
// @ts-expect-error an argument of another type
void told("3");
// @ts-expect-error a missing argument
void thumbnail(new Uint8Array(1));

// Handlers, dependencies, resources, background tasks.
const NotFound = httpError(404, "not_found", "Nothing is there");
const score = blocking(
  import.meta,
  function score({ name }: { readonly name: string }): number {
    return name.length;
  },
  { errors: [NotFound, RangeError] },
);
const words = blocking(import.meta, function words(): ReadonlySet<string> {
  return new Set();
});
const name = query(z.string());
const pages = router();
pages.get("/score", { needs: { name }, returns: z.number() }, score);
pages.get("/known", { needs: { length: depends({ name }, score), all: resource({}, words), background } }, (needs) => {
  const length: number = needs.length;
  const all: ReadonlySet<string> = needs.all;
  needs.background.add(score, { name: "x" });
  // @ts-expect-error a task is called with its own arguments
  needs.background.add(score, 7);
  return all.size + length;
});
// @ts-expect-error the handler asks for another value
pages.get("/wrong", { needs: { name: query(z.int()) } }, score);

kiln({ title: "Threads", threads: { size: 2, queue: 10, heapLimit: 256, idleTimeout: 1_000, warm: true } });

export const used: readonly unknown[] = [image, typed, seen, nothing, text, zipped, wasTold];
