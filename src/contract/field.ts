import { z } from "zod";
import { runThen, type Schema } from "./schema-node.ts";

/** A JSON Schema, as far as a field of Kiln describes itself. */
export type FieldSchema = Readonly<Record<string, unknown>>;

type Change = (value: unknown, payload: z.core.ParsePayload) => unknown;

interface FieldDefinition extends z.core.$ZodCodecDef {
  transform: Change;
  reverseTransform: Change;
  /** What stands on the wire, for the API document. */
  readonly wireSchema: FieldSchema;
}

/** The mark of Kiln's fields among Zod's codecs: what they write needs no second look. */
const mark = "KilnField";

/** A codec that knows the JSON Schema of its wire side; the member survives `.describe()` and `.refine()`. */
const FieldClass: z.core.$constructor<z.ZodCodec, FieldDefinition> = z.core.$constructor(mark, (inst, def) => {
  z.ZodCodec.init(inst, def);
  const parse = inst._zod.parse;
  inst._zod.parse = (payload, context) => {
    if (context.direction !== "backward") return parse(payload, context);
    return runThen(def.out, payload, context, (done) => {
      if (done.issues.length === 0) done.value = def.reverseTransform(done.value, done);
      return done;
    });
  };
  inst._zod.processJSONSchema = (_context, json) => {
    Object.assign(json, def.wireSchema);
  };
});

/** Whether a schema is one of Kiln's fields. */
export function isField(schema: Schema): boolean {
  return schema._zod.traits.has(mark);
}

type Text = z.ZodType<string, string>;

/** What makes up a field: its two sides, the ways between them, and its JSON Schema. */
export interface FieldParts<Out extends Schema> {
  readonly out: Out;
  /** The text on the wire, where it has rules of its own. */
  readonly text?: Text;
  /** Reads the text; undefined refuses it with `message`. */
  readonly decode: (text: string) => z.output<Out> | undefined;
  /** Writes the value; undefined refuses it with `message`. */
  readonly encode: (value: z.output<Out>) => string | undefined;
  readonly message: string;
  readonly wireSchema: FieldSchema;
}

/** Kiln's fields are all text on the wire. */
export type Field<Out extends Schema> = z.ZodCodec<Text, Out>;

function refusing<A>(change: (value: A) => unknown, message: string): Change {
  return (value, payload) => {
    // The side that this value comes from has checked it.
    const changed = change(value as A);
    if (changed !== undefined) return changed;
    const issue = { code: "custom", message, input: value, kilnCode: "invalid_format" };
    // `kilnCode` is Kiln's own: Zod hands members that it does not know through to the finished issue.
    payload.issues.push(issue as z.core.$ZodRawIssue);
    return undefined;
  };
}

/**
 * Makes a field: a codec between text on the wire and a value of the program.
 *
 * @param parts its sides and the ways between them
 */
export function field<Out extends Schema>(parts: FieldParts<Out>): Field<Out> {
  const text = z.string({ error: (issue) => (issue.input === undefined ? undefined : parts.message) });
  const made = new FieldClass({
    type: "pipe",
    in: parts.text ?? text,
    out: parts.out,
    transform: refusing(parts.decode, parts.message),
    reverseTransform: refusing(parts.encode, parts.message),
    wireSchema: { type: "string", ...parts.wireSchema },
  });
  // The two sides are those of `parts`, which the class cannot know.
  return made as unknown as Field<Out>;
}
