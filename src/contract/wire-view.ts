import { z } from "zod";
import { passOn, type Schema } from "./schema-node.ts";
import { definitionOf } from "./schema-walk.ts";

type Values = Readonly<Record<string, unknown>>;

// A private field would be another name in each of the classes below, and V8 be slow to read it where there are several.
const shown = Symbol("shown");

/** A class whose objects show another one under other names, each read when it is asked for. */
function viewClass(names: ReadonlyMap<string, string>): new (values: Values) => object {
  class View {
    readonly [shown]: Values;

    constructor(values: Values) {
      this[shown] = values;
    }
  }
  for (const [key, wire] of names) {
    Object.defineProperty(View.prototype, wire, {
      get(this: View) {
        return this[shown][key];
      },
    });
  }
  return View;
}

const refusesNothing = new Set(["string", "number", "boolean", "date", "array", "object", "record", "tuple", "enum"]);

/** Whether a property may be `undefined` but must be there: a view has all of its properties, whatever it shows. */
function mustExist(schema: Schema): boolean {
  const def = definitionOf(schema);
  if (schema._zod.optin !== undefined) return false;
  return def.type === "pipe" ? mustExist(def.in) : !refusesNothing.has(def.type);
}

/**
 * An object schema that reads the keys of a value and makes an object with their names on the wire, without a copy in
 * between: Zod's own code then does all of it. What does not fit is told under those names, so it says only that.
 *
 * @param schema the object, under its keys
 * @param wire the name of a key on the wire
 * @returns undefined for an object that may hold other keys
 */
export function viewed(schema: Schema, wire: (key: string) => string): Schema | undefined {
  const def = definitionOf(schema);
  if (def.type !== "object" || def.catchall !== undefined) return undefined;
  const { shape } = def;
  const names = new Map(Object.keys(shape).map((key) => [key, wire(key)] as const));
  const View = viewClass(names);
  let needed: readonly string[] | undefined;
  const view = z.unknown().overwrite((value) => {
    if (!z.core.util.isObject(value)) return undefined;
    // Asked late, because a recursive schema may not be there yet.
    needed ??= Object.keys(shape).filter((key) => mustExist(shape[key] as Schema));
    for (const key of needed) if (!(key in value)) return undefined;
    return new View(value);
  });
  const renamed = Object.fromEntries([...names].map(([key, name]) => [name, shape[key] as Schema]));
  const out = new z.core.$ZodObject({ type: "object", shape: renamed });
  return passOn(new z.core.$ZodPipe({ type: "pipe", in: view, out }), schema);
}
