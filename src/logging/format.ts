import type { FieldJson } from "./field-json.ts";
import type { LineLevel } from "./logger.ts";

/** Fields that lines carry because they were bound: JSON by name. */
export type Bound = ReadonlyMap<string, string>;

/** What one line is made of. */
export interface LineParts {
  readonly level: LineLevel;
  readonly message: string | undefined;
  /** What {@link Format.scope} made of the request id, or an empty string. */
  readonly scope: string;
  readonly bound: Bound | undefined;
  readonly fields: object | undefined;
  readonly error: Error | undefined;
}

/** A way to write lines. */
export interface Format {
  readonly json: FieldJson;
  scope(requestId: string): string;
  line(parts: LineParts): string;
}

/** The names that lines say about themselves, for the formats. */
export interface Origin {
  readonly service: string | undefined;
  readonly environment: string | undefined;
}

/** The bound fields that the line itself does not say otherwise. */
export function boundText(json: FieldJson, bound: Bound, { fields, error }: LineParts): string {
  let text = "";
  for (const [name, value] of bound) {
    const said = (fields !== undefined && Object.hasOwn(fields, name)) || (error !== undefined && name === "err");
    if (!said) text += json.open(name) + value;
  }
  return text;
}
