import type { ZodType } from "zod";
import { assertEncodable } from "../contract/assertions.ts";
import { compileDecoder } from "../contract/decode.ts";
import { compileEncoder, type Encoded } from "../contract/encode.ts";
import type { SchemaIssue } from "../contract/outcome.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { TraceCarrier } from "./job-tracing.ts";
import { isStorable } from "./storable.ts";

/** What is kept of a job beside its payload. */
export interface Envelope {
  readonly payload: unknown;
  /** The id of the request that enqueued it. */
  readonly request?: string;
  /** Where in which trace it was enqueued. */
  readonly trace?: TraceCarrier;
}

/** The payload of a stored job that does not fit its schema any more. */
export class PayloadMismatch extends Error {
  override readonly name: string = "PayloadMismatch";
  readonly issues: readonly SchemaIssue[];
  constructor(issues: readonly SchemaIssue[]) {
    super(`The payload does not fit what the job declares: ${textOf(issues)}`);
    this.issues = issues;
  }
}

function textOf(issues: readonly SchemaIssue[]): string {
  return issues.map(({ path, message }) => `${path.join(".") || "(the value)"}: ${message}`).join("; ");
}

/** Writes and reads the payloads of one job. */
export interface PayloadCodec {
  /** @throws KilnError KILN_JOBS_PAYLOAD */
  write(payload: unknown): Promise<unknown>;
  /** @throws PayloadMismatch */
  read(stored: unknown): Promise<unknown>;
}

/** The encoder, undefined where a schema only reads: then a payload must have the form that it has in JSON. */
function encoderOf(schema: ZodType, where: string): ((value: unknown) => Encoded | Promise<Encoded>) | undefined {
  try {
    assertEncodable(schema, where);
  } catch (error) {
    if (error instanceof KilnError) return undefined;
    throw error;
  }
  return compileEncoder(schema);
}

function jsonOf(payload: unknown, where: string): string | undefined {
  try {
    return JSON.stringify(payload);
  } catch (error) {
    throw new KilnError("KILN_JOBS_PAYLOAD", {
      where,
      what: "payload",
      why: `has no form in JSON (${(error as Error).message.split("\n")[0]})`,
      fix: "Enqueue plain data, and text for a bigint",
    });
  }
}

/** Before the statement that would fail, and with it the transaction around it. */
function storable(text: string, where: string): string {
  if (isStorable(text)) return text;
  throw new KilnError("KILN_JOBS_PAYLOAD", {
    where,
    what: "payload",
    why: "holds text that PostgreSQL does not keep: the character U+0000, or half of one that takes two",
    fix: "Have the schema refuse or replace such text, or keep the bytes elsewhere and enqueue where they are",
  });
}

/**
 * Prepares the writing and reading of payloads.
 *
 * @param schema what the job declares
 * @param where the job, for errors
 */
export function payloadCodec(schema: ZodType, where: string): PayloadCodec {
  const encode = encoderOf(schema, where);
  const decode = compileDecoder(schema);
  return {
    write: async (payload) => {
      const encoded = await encode?.(payload);
      if (encoded?.ok) return JSON.parse(storable(encoded.text, where));
      // In the form of JSON: an ISO date where the program has a Date, a default left out.
      const text = jsonOf(payload, where);
      const wire: unknown = text === undefined ? undefined : JSON.parse(storable(text, where));
      const read = await decode(wire);
      if (read.ok) return wire;
      throw new KilnError("KILN_JOBS_PAYLOAD", {
        where,
        what: "payload",
        why: `does not fit what the job declares (${textOf(encoded?.issues ?? read.issues)})`,
        fix: "Enqueue a payload that fits, or change the schema",
      });
    },
    read: async (stored) => {
      const outcome = await decode(stored ?? undefined);
      if (outcome.ok) return outcome.value;
      const asNull = stored === null ? await decode(null) : outcome;
      if (asNull.ok) return asNull.value;
      throw new PayloadMismatch(outcome.issues);
    },
  };
}
