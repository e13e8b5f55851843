import childProcess from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import zlib from "node:zlib";

type Call = (...args: readonly unknown[]) => unknown;

/** Called before each blocking call with its name, such as `fs.readFileSync`; what it throws, the call throws. */
export type BeforeCall = (name: string) => void;

/** The wrappers that there are; nothing is wrapped twice. */
const wrappers = new WeakSet<Call>();

interface Patch {
  readonly holder: object;
  readonly key: string;
  readonly original: Call;
  readonly wrapper: Call;
}

/** The function in a property, if it holds one. */
function callIn(holder: object, key: string): Call | undefined {
  const value: unknown = Reflect.get(holder, key);
  // Whatever its parameters: the wrapper passes on what it gets.
  return typeof value === "function" ? (value as Call) : undefined;
}

function syncKeys(module: object): string[] {
  return Object.keys(module).filter((key) => key.endsWith("Sync"));
}

/** SQLite in Node has no other than blocking calls. It is there only when the app has loaded it: it is not small. */
function sqliteHolders(): readonly (readonly [string, object, readonly string[]])[] {
  // Not in Node's types; where it is missing, the calls are not seen.
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  if (!moduleLoadList.includes("NativeModule sqlite")) return [];
  const { DatabaseSync, StatementSync } = process.getBuiltinModule("node:sqlite");
  return [
    ["sqlite.DatabaseSync", DatabaseSync.prototype, ["exec", "prepare"]],
    ["sqlite.StatementSync", StatementSync.prototype, ["all", "get", "iterate", "run"]],
  ];
}

/** Everything in Node that does not return before it is done, by the name it is reported under. */
function* blockingCalls(): Iterable<readonly [name: string, holder: object, key: string]> {
  const holders: readonly (readonly [string, object, readonly string[]])[] = [
    // First, as the wrapper of `realpathSync` takes over what it carries.
    ["fs.realpathSync", fs.realpathSync, ["native"]],
    ["fs", fs, syncKeys(fs)],
    ["fs.Dir", fs.Dir.prototype, ["readSync", "closeSync"]],
    ["child_process", childProcess, syncKeys(childProcess)],
    ["zlib", zlib, syncKeys(zlib)],
    // Random bytes are there at once: however many are asked for, nothing is waited for.
    ["crypto", crypto, syncKeys(crypto).filter((key) => key !== "randomFillSync")],
    ["Atomics", Atomics, ["wait"]],
    ...sqliteHolders(),
  ];
  for (const [module, holder, keys] of holders) for (const key of keys) yield [`${module}.${key}`, holder, key];
}

function wrap(original: Call, name: string, before: BeforeCall): Call {
  const { wrapper } = {
    // A method, as it has a `this` and, like what it stands for, cannot be constructed.
    wrapper(this: unknown, ...args: readonly unknown[]): unknown {
      before(name);
      return Reflect.apply(original, this, args);
    },
  };
  const { prototype: _, ...own } = Object.getOwnPropertyDescriptors(original) as PropertyDescriptorMap;
  Object.defineProperties(wrapper, own);
  wrappers.add(wrapper);
  return wrapper;
}

function replace({ holder, key }: Patch, from: Call, to: Call): void {
  // Whoever has patched it after us calls ours, which then only passes on; it must not be lost.
  if (Reflect.get(holder, key) === from) Reflect.set(holder, key, to);
}

/**
 * Puts a check before every blocking call of Node that has none yet, for `require` and `import` alike.
 *
 * @param before the check
 * @returns what puts the originals back
 */
export function patchBlockingCalls(before: BeforeCall): () => void {
  const patches: Patch[] = [];
  for (const [name, holder, key] of blockingCalls()) {
    const original = callIn(holder, key);
    if (original === undefined || wrappers.has(original)) continue;
    const patch = { holder, key, original, wrapper: wrap(original, name, before) };
    patches.push(patch);
    replace(patch, original, patch.wrapper);
  }
  if (patches.length > 0) syncBuiltinESMExports();
  return () => {
    for (const patch of patches) replace(patch, patch.wrapper, patch.original);
    syncBuiltinESMExports();
  };
}
