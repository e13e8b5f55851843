import type { ZodType } from "zod";
import type { $ZodCheck, $ZodObject, $ZodType } from "zod/v4/core";
import type { SettingsShape } from "../contract/provider.ts";
import { definitionOf } from "../contract/schema-walk.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { givesSecret, innermost } from "./introspect.ts";
import { envNameOf } from "./names.ts";

/** One setting: a value that is read from one place. */
export interface Leaf {
  readonly kind: "leaf";
  /** The name in code and TOML, `smtp.host`. */
  readonly key: string;
  readonly path: readonly string[];
  /** The name in the environment, `.env` and the secrets folder, `SMTP__HOST`. */
  readonly envName: string;
  readonly schema: ZodType;
  readonly secret: boolean;
}

/** Settings under a common name: a TOML table. */
export interface Group {
  readonly kind: "group";
  readonly key: string;
  readonly path: readonly string[];
  readonly children: ReadonlyMap<string, Leaf | Group>;
  /** The `z.object` with its wrappers, where the group was declared as one. */
  readonly schema: ZodType | undefined;
  /** The refinements of the `z.object` and of its wrappers, inner ones first. */
  readonly checks: readonly $ZodCheck<unknown>[];
}

/** What a step of the walk knows. */
interface Context {
  readonly prefix: string;
  readonly where: string;
  /** The objects around this one: an object inside itself has no end and is read as JSON instead. */
  readonly around: readonly $ZodType[];
}

/**
 * Turns what the user declared into a tree of groups and settings.
 *
 * @param shape the record given to `defineSettings`
 * @param prefix put before every name in the environment
 * @param where the declaration, for errors
 * @throws KilnError KILN_SETTINGS_SHAPE for a key or a value that cannot work, or for two keys with one name
 */
export function layoutOf(shape: SettingsShape, prefix: string, where: string): Group {
  const root = groupOf(shape, [], { prefix, where, around: [] });
  const owners = new Map<string, string>();
  for (const { envName, key } of leavesOf(root)) {
    const owner = owners.get(envName);
    if (owner !== undefined) {
      throw invalid(
        where,
        key,
        `has the same name in the environment as \`${owner}\`, ${envName}`,
        "Rename one of them",
      );
    }
    owners.set(envName, key);
  }
  return root;
}

/** Every setting of a group, in the order of declaration. */
export function leavesOf(group: Group): readonly Leaf[] {
  return [...group.children.values()].flatMap((node) => (node.kind === "leaf" ? [node] : leavesOf(node)));
}

function groupOf(
  shape: Readonly<Record<string, unknown>>,
  path: readonly string[],
  context: Context,
  of?: ObjectLayers,
): Group {
  const children = new Map<string, Leaf | Group>();
  for (const [key, value] of Object.entries(shape)) {
    const below = [...path, key];
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) {
      throw invalid(
        context.where,
        below.join("."),
        "is a key that has no name in the environment",
        "Use letters, digits and `_`, a letter first",
      );
    }
    children.set(key, nodeOf(value, below, context));
  }
  return { kind: "group", key: path.join("."), path, children, schema: of?.outer, checks: of?.checks ?? [] };
}

function nodeOf(value: unknown, path: readonly string[], context: Context): Leaf | Group {
  if (isSchema(value)) {
    const layers = objectLayers(value);
    if (layers === undefined || context.around.includes(layers.object)) return leafOf(value, path, context);
    const around = [...context.around, layers.object];
    return groupOf(layers.object._zod.def.shape, path, { ...context, around }, layers);
  }
  if (isPlainObject(value)) return groupOf(value, path, context);
  throw invalid(
    context.where,
    path.join("."),
    "is neither a Zod schema nor a group of them",
    "Give it a schema such as `z.string()`",
  );
}

const unreadable: ReadonlySet<string> = new Set(["map", "function", "promise", "symbol", "file"]);

function leafOf(schema: ZodType, path: readonly string[], { prefix, where }: Context): Leaf {
  const { type } = definitionOf(innermost(schema));
  if (unreadable.has(type)) {
    throw invalid(
      where,
      path.join("."),
      `is a ${type}, which no text and no TOML can be read as`,
      "Use plain values, lists and objects",
    );
  }
  const secret = givesSecret(schema);
  return { kind: "leaf", key: path.join("."), path, envName: envNameOf(path, prefix), schema, secret };
}

interface ObjectLayers {
  readonly outer: ZodType;
  readonly object: $ZodObject;
  readonly checks: readonly $ZodCheck<unknown>[];
}

/** Finds the object in `z.object({...}).optional()` and the like; undefined for whatever must be read as one value. */
function objectLayers(outer: ZodType): ObjectLayers | undefined {
  const checks: $ZodCheck<unknown>[] = [];
  let current: $ZodType = outer;
  for (;;) {
    const def = definitionOf(current);
    // A check in a schema's list takes what that schema gives; the list's type only says so with `never`.
    checks.unshift(...((def.checks ?? []) as unknown as readonly $ZodCheck<unknown>[]));
    switch (def.type) {
      case "object": {
        // An object that takes keys beyond its shape has no fixed list of settings.
        const open = def.catchall !== undefined && definitionOf(def.catchall).type !== "never";
        // `type` is "object", so this is that class.
        return open ? undefined : { outer, object: current as $ZodObject, checks };
      }
      case "optional":
      case "default":
      case "prefault":
      case "readonly":
      case "nonoptional":
        current = def.innerType;
        break;
      default:
        return undefined;
    }
  }
}

function isSchema(value: unknown): value is ZodType {
  return typeof value === "object" && value !== null && "_zod" in value;
}

/** True for `{}` and what a parser makes, false for instances of classes. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What stands under these keys, each an own property of a plain object; undefined where one is missing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isPlainObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

function invalid(where: string, what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_SETTINGS_SHAPE", { where, what, why, fix });
}
