import type { KeyObject } from "node:crypto";
import type { Secret } from "../../contract/secret.ts";

declare const reason: unique symbol;

/** Stands in a compile error where a type cannot cross to a thread, and says why. */
export interface NotCloneable<Why extends string> {
  readonly [reason]: Why;
}

type Primitive = string | number | boolean | bigint | null | undefined | void;

/** What the structured clone algorithm copies as it is, although it has methods. */
type Leaf =
  | Date
  | RegExp
  | Error
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView<ArrayBufferLike>
  | Blob
  | KeyObject;

type Refused<T> = T extends symbol
  ? NotCloneable<"a symbol does not cross to a thread">
  : T extends Secret<unknown>
    ? NotCloneable<"a Secret does not cross to a thread: pass what reveal() gives, where that is meant">
    : T extends Buffer
      ? NotCloneable<"a Buffer arrives as a Uint8Array: declare Uint8Array">
      : T extends AbortSignal
        ? NotCloneable<"a function that takes the signal says so: { signal: true }">
        : T extends (...args: never) => unknown
          ? NotCloneable<"a function does not cross to a thread">
          : T extends abstract new (
                ...args: never
              ) => unknown
            ? NotCloneable<"a class does not cross to a thread">
            : T extends PromiseLike<unknown>
              ? NotCloneable<"a promise does not cross to a thread: await it first">
              : T extends WeakMap<WeakKey, unknown> | WeakSet<WeakKey> | WeakRef<WeakKey>
                ? NotCloneable<"a weak collection does not cross to a thread">
                : never;

/**
 * `T` where it can cross between threads: data, dates, maps, sets, errors, buffers and typed arrays. Elsewhere a type
 * that `T` does not fit, with {@link NotCloneable} at the place that is to blame: methods of class instances, too.
 */
export type Cloneable<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? T
    : T extends Primitive
      ? T
      : [Refused<T>] extends [never]
        ? T extends Leaf
          ? T
          : T extends ReadonlyMap<infer K, infer V>
            ? T extends Map<K, V>
              ? Map<Cloneable<K>, Cloneable<V>>
              : ReadonlyMap<Cloneable<K>, Cloneable<V>>
            : T extends ReadonlySet<infer V>
              ? T extends Set<V>
                ? Set<Cloneable<V>>
                : ReadonlySet<Cloneable<V>>
              : { [K in keyof T]: Cloneable<T[K]> }
        : Refused<T>;

/** What a function that runs in a thread gives its caller: the value itself, a `Buffer` as the `Uint8Array` that it was. */
export type Crossed<R> = R extends Buffer<infer B> ? Uint8Array<B> : R;

/** The arguments of a function, each as {@link Cloneable}. */
export type CloneableArguments<A extends readonly unknown[]> = { [I in keyof A]: Cloneable<A[I]> };

/** What a function may return so that its result can cross. */
export type CloneableResult<R> = Promise<Cloneable<Crossed<Awaited<R>>>> | Cloneable<Crossed<Awaited<R>>> | Buffer;
