import { z } from "zod";

/** Any schema, also those that Zod wraps without its methods. */
export type Schema = z.core.$ZodType;
/** What Zod hands from one schema to the next: a value and what is wrong with it. */
export type Payload = z.core.ParsePayload;
export type Context = z.core.ParseContextInternal;
export type Step = (payload: Payload, context: Context) => Payload | Promise<Payload>;

interface NodeDefinition extends z.core.$ZodTypeDef {
  /** The schema that this one stands for: optionality and discriminator values are asked of it. */
  readonly like: Schema;
  readonly step: Step;
  /** Keeps `z.compile` from generating code from `type` alone: it runs such a schema as it is. */
  readonly coerce: true;
}

interface NodeInternals extends z.core.$ZodTypeInternals {
  def: NodeDefinition;
}

interface Node extends Schema {
  _zod: NodeInternals;
}

const passedOn = ["optin", "optout", "values", "propValues", "pattern", "processJSONSchema"] as const;

const NodeClass: z.core.$constructor<Node, NodeDefinition> = z.core.$constructor("KilnNode", (inst, def) => {
  z.core.$ZodType.init(inst, def);
  inst._zod.parse = def.step;
  passOn(inst, def.like);
});

/** Lets a schema say of optionality and discriminator values what another one says. */
export function passOn(schema: Schema, like: Schema): Schema {
  for (const key of passedOn) {
    Object.defineProperty(schema._zod, key, {
      configurable: true,
      // Asked late, because the schema it stands for may be recursive and not be there yet.
      get: () => (like._zod as unknown as Record<string, unknown>)[key],
    });
  }
  return schema;
}

/** A schema that stands where `like` stood and does `step` instead of what `like` does. */
export function node(like: Schema, step: Step): Schema {
  return new NodeClass({ type: "custom", like, step, coerce: true });
}

/** Runs a schema on a value, apart from the issues found so far. */
export function runOn(schema: Schema, value: unknown, context: Context): Payload | Promise<Payload> {
  return schema._zod.run({ value, issues: [] }, context);
}

/** The same, and hands what came out to `next`. */
export function runThen(
  schema: Schema,
  payload: Payload,
  context: Context,
  next: (payload: Payload) => Payload | Promise<Payload>,
): Payload | Promise<Payload> {
  const done = schema._zod.run(payload, context);
  return done instanceof Promise ? done.then(next) : next(done);
}
