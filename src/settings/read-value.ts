import type { ZodType } from "zod";
import type { Outcome } from "../contract/outcome.ts";
import { compileRun } from "../contract/run-schema.ts";
import type { Schema } from "../contract/schema-node.ts";
import { childrenOf, definitionOf, reaches } from "../contract/schema-walk.ts";
import { Secret } from "../contract/secret.ts";
import { compileTextReader } from "../contract/text.ts";
import { innerOf, takesList } from "../contract/text-schema.ts";
import { innermost, isOpaque } from "./introspect.ts";
import type { Leaf } from "./layout.ts";
import { plainMessage, secretMessage } from "./messages.ts";
import type { Found } from "./source.ts";
import { isTomlDate } from "./toml.ts";

/** The value of a setting, or what is wrong with it: clauses without a full stop that never hold a secret. */
export type ValueOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly messages: readonly string[] };

/**
 * Turns what a source gave into the value of a setting.
 *
 * @param leaf the setting
 * @param found what the source gave; undefined reads the default
 */
export async function readValue(leaf: Leaf, found: Found | undefined): Promise<ValueOutcome> {
  const outcome = await (found?.text ? readText(leaf, String(found.raw)) : readTyped(leaf, found?.raw));
  if (outcome.ok) return outcome;
  if (leaf.secret) return { ok: false, messages: outcome.issues.map(({ code }) => secretMessage(code, leaf.schema)) };
  const hidden = isOpaque(leaf.schema) ? secretTexts(found?.raw) : [];
  return { ok: false, messages: outcome.issues.map((issue) => plainMessage(issue, hidden)) };
}

/** Every text in a raw value; a message of a schema that may make a secret of it must not repeat any. */
function secretTexts(raw: unknown): readonly string[] {
  if (typeof raw === "object" && raw !== null) return Object.values(raw).flatMap(secretTexts);
  return raw === undefined || raw === null || raw === "" ? [] : [String(raw)];
}

type Read = Outcome | Promise<Outcome>;

function readTyped({ schema, ...leaf }: Leaf, raw: unknown): Read {
  const { type } = definitionOf(innermost(schema));
  const run = compileRun(schema);
  if (isTomlDate(raw)) {
    // A date of TOML may lack its time or its zone. Its text goes by the same rules as a date from the environment.
    return type === "any" || type === "unknown" ? run(raw) : readText({ schema, ...leaf }, raw.toISOString());
  }
  if (raw instanceof Secret && type !== "custom") return run(raw.reveal());
  // TOML has one kind of whole number, and its parser makes bigints only of those that need it.
  if (type === "bigint" && Number.isSafeInteger(raw)) return run(BigInt(Number(raw)));
  return run(raw);
}

function readText({ schema, envName }: Leaf, text: string): Read {
  if (readsStructure(schema)) return readJson(schema, text);
  // Commas are for the plain lists; JSON can say every list, also one whose items have commas.
  if (takesList(schema) && /^\s*\[/.test(text)) return readJson(schema, text);
  return withoutName(compileTextReader(schema, { name: envName, list: "single" })(text));
}

/** True for what only JSON can write down. */
function readsStructure(schema: ZodType): boolean {
  const inputs = (of: Schema): readonly Schema[] => {
    const inner = innerOf(of);
    return inner === undefined ? childrenOf(of).map((child) => child.schema) : [inner];
  };
  return reaches(schema, (of) => ["object", "record", "intersection"].includes(definitionOf(of).type), inputs);
}

function readJson(schema: ZodType, text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A union may take plain words beside objects. The parser's own message is of no use: it quotes the text.
    if (definitionOf(innermost(schema)).type === "union") return compileRun(schema)(text);
    return { ok: false, issues: [{ path: [], code: "invalid_json", message: "Is not valid JSON" }] };
  }
  const isSet = definitionOf(innermost(schema)).type === "set";
  return compileRun(schema)(isSet && Array.isArray(value) ? new Set(value) : value);
}

/** The reader puts the name first in the path of each issue; here the place says it. */
async function withoutName(read: Read): Promise<Outcome> {
  const outcome = await read;
  if (outcome.ok) return outcome;
  return { ok: false, issues: outcome.issues.map((issue) => ({ ...issue, path: issue.path.slice(1) })) };
}
