import { parseEnv } from "node:util";
import { z } from "zod";
import type { $ZodType } from "zod/v4/core";
import type { Provider } from "../contract/provider.ts";
import { definitionOf } from "../contract/schema-walk.ts";
import { innerOf } from "../contract/text-schema.ts";
import { declaredBy, layoutDeclared } from "./define-settings.ts";
import { descriptionOf, holdsSecret, isOpaque, mayBeAbsent } from "./introspect.ts";
import { type Leaf, leavesOf } from "./layout.ts";
import { asText } from "./show.ts";
import { typeLabel } from "./type-label.ts";

const heading = [
  "# The settings of this app. Copy to .env and fill in; what is commented out has a default or may be left out.",
  "# Written by `kiln settings --example`: change the schema, not this file.",
];

/**
 * The text of `.env.example`: every setting with its description, its type and its default. Required ones stand open,
 * the others commented out; secrets are always empty.
 *
 * @param settings what `defineSettings` gave
 * @returns text that ends with a newline, the same for the same schema
 */
export function renderEnvExample(settings: Provider<unknown>): string {
  const entries = leavesOf(layoutDeclared(declaredBy(settings))).map(entryOf);
  return `${[heading, ...entries].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function entryOf(leaf: Leaf): readonly string[] {
  const description = descriptionOf(leaf.schema);
  const comment = description === undefined ? [] : description.split(/\r?\n/).map((line) => `# ${line}`.trimEnd());
  const required = !mayBeAbsent(leaf.schema);
  const kind = `# ${typeLabel(leaf.schema)}, ${required ? "required" : "optional"}`;
  const assignment = `${leaf.envName}=${required ? "" : defaultText(leaf)}`;
  return [...comment, kind, required ? assignment : `#${assignment}`];
}

/** The default as it would be written in `.env`; empty when there is none, or none that can be written. */
function defaultText(leaf: Leaf): string {
  if (leaf.secret) return "";
  const value = defaultOf(leaf.schema);
  if (value === undefined || value === null || holdsSecret(value)) return "";
  return quoted(asText(value)) ?? "";
}

/** The default in the form in which a source would give it. */
function defaultOf(schema: $ZodType): unknown {
  for (let current: $ZodType | undefined = schema; current !== undefined; current = innerOf(current)) {
    const def = definitionOf(current);
    if (def.type === "prefault") return isOpaque(def.innerType) ? undefined : stable(() => def.defaultValue);
    if (def.type === "default")
      return encoded(
        def.innerType,
        stable(() => def.defaultValue),
      );
  }
  return undefined;
}

/** Undefined for a default that is computed anew each time, such as a random one: the file must not change by itself. */
function stable(read: () => unknown): unknown {
  const value = read();
  return value === undefined || asText(value) === asText(read()) ? value : undefined;
}

/** Undoes the codecs of a schema; undefined where a one-way transform makes that impossible. */
function encoded(schema: $ZodType, value: unknown): unknown {
  if (value === undefined) return undefined;
  const result = ((): { readonly success: boolean; readonly data?: unknown } => {
    try {
      return z.safeEncode(schema, value);
    } catch {
      // Zod throws, also from the safe variant, for one-way transforms and for asynchronous checks.
      return { success: false };
    }
  })();
  return result.success ? result.data : undefined;
}

/** The first way of writing a text that `parseEnv` reads back as that text. */
function quoted(text: string): string | undefined {
  const ways = [text, `"${text}"`, `'${text}'`, `\`${text}\``, `"${text.replaceAll("\n", "\\n")}"`];
  return ways.find((way) => !/[\r\n]/.test(way) && parseEnv(`A=${way}`).A === text);
}
