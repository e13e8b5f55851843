import type { ZodType } from "zod";
import { KilnError } from "../errors/kiln-error.ts";
import { assertEncodable } from "./assertions.ts";
import { compileEncoder } from "./encode.ts";
import type { SchemaIssue } from "./outcome.ts";

/** What a route returns: one schema, one per status (`null`: no body), or nothing declared. */
export type Returns = ZodType | Readonly<Record<number, ZodType | null>> | undefined;

/** A body ready to send (`text` is undefined where there is none), or why the value does not fit. */
export type Encoded =
  | { readonly ok: true; readonly text: string | undefined }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** How the values of one route become bodies. */
export interface Responses {
  /** The status of a success that says nothing else. */
  readonly status: number;
  readonly encode: (status: number, value: unknown) => Encoded | Promise<Encoded>;
}

type Encode = (value: unknown) => Encoded | Promise<Encoded>;

/** Tells one schema from a record of them. */
export function isSchema(returns: NonNullable<Returns>): returns is ZodType {
  return "_zod" in returns;
}

/** The status that a route's success has by default. */
export function successStatus(returns: Returns, status: number | undefined): number | undefined {
  if (status !== undefined) return status;
  if (returns === undefined) return undefined;
  if (isSchema(returns)) return 200;
  const declared = Object.keys(returns).map(Number);
  return declared.find((code) => code >= 200 && code < 300) ?? declared[0];
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function encodeUndeclared(value: unknown): Encoded {
  return { ok: true, text: value === undefined ? undefined : JSON.stringify(value) };
}

function encodeNothing(value: unknown): Encoded {
  if (value === undefined || value === null) return { ok: true, text: undefined };
  return { ok: false, issues: [{ path: [], code: "unexpected_body", message: "This status has no body" }] };
}

function undeclaredStatus(where: string, status: number): KilnError {
  return new KilnError("KILN_RESPONSE_STATUS", {
    where,
    what: String(status),
    why: "is answered but `returns` declares no schema for it, so what goes out could not be checked",
    fix: "Add the status to `returns`, with null for no body",
  });
}

function compileByStatus(returns: Readonly<Record<number, ZodType | null>>, where: string): Map<number, Encode> {
  return new Map(
    Object.entries(returns).map(([status, schema]) => {
      if (schema !== null) assertEncodable(schema, where);
      return [Number(status), schema === null ? encodeNothing : compileEncoder(schema)];
    }),
  );
}

/**
 * Composes the encoding of a route's answers.
 *
 * @param returns what the route declares
 * @param status the status it declares
 * @param where the route, for messages
 * @throws KilnError KILN_MODEL_ONE_WAY when a schema has a transform that cannot be undone on the way out
 */
export function compileResponses(returns: Returns, status: number | undefined, where: string): Responses {
  const usual = successStatus(returns, status) ?? 200;
  if (returns === undefined) return { status: usual, encode: (_status, value) => encodeUndeclared(value) };
  if (isSchema(returns)) {
    assertEncodable(returns, where);
    const encode = isBodiless(usual) ? encodeNothing : compileEncoder(returns);
    return { status: usual, encode: (_status, value) => encode(value) };
  }
  const encoders = compileByStatus(returns, where);
  return {
    status: usual,
    encode: (actual, value) => {
      const encode = encoders.get(actual);
      if (encode === undefined) throw undeclaredStatus(where, actual);
      return encode(value);
    },
  };
}
