import { BackgroundFull } from "../contract/ambient.ts";
import { HttpError, type HttpErrorClass } from "../contract/http-error.ts";
import { Unauthorized } from "../contract/security-scheme.ts";
import { ValidationError } from "../contract/validation-error.ts";
import { isInput, type Node } from "../inject/graph.ts";
import { UnsupportedMediaType } from "../inject/input-steps.ts";
import type { DocumentedRoute, ErrorFace } from "./documented-route.ts";
import { schemesOf } from "./security.ts";

function faceOf(type: HttpErrorClass | typeof ValidationError): ErrorFace {
  return { status: type.status, code: type.code, title: type.title, type };
}

/** What the HTTP layer answers itself; a handler for `HttpError` is the nearest that an app can have for them. */
const invalidJson: ErrorFace = {
  status: 400,
  code: "invalid_json",
  title: "The body cannot be read as JSON",
  type: HttpError,
};
const bodyTooLarge: ErrorFace = {
  status: 413,
  code: "body_too_large",
  title: "The body is larger than this route takes",
  type: HttpError,
};

function raisedBy({ definition }: Node): readonly HttpErrorClass[] {
  if (definition.kind === "depends") return definition.raises;
  return definition.kind === "ambient" && definition.name === "background" ? [BackgroundFull] : [];
}

/** Every error that a route is known to answer with: its own, those of the whole graph, and those of reading it. */
export function errorFaces(route: DocumentedRoute): readonly ErrorFace[] {
  const { nodes } = route.graph;
  const inputs = nodes.filter(isInput);
  const json = inputs.some(({ definition }) => definition.source === "body");
  const raw = inputs.some(({ definition }) => definition.source === "rawBody");
  const raised = nodes.flatMap(raisedBy);
  return [
    // Also where the scheme is optional: a malformed credential is refused.
    ...(schemesOf(route.graph).length > 0 ? [faceOf(Unauthorized)] : []),
    ...[...new Set([...raised, ...route.raises])].map(faceOf),
    ...(json ? [invalidJson, faceOf(UnsupportedMediaType)] : []),
    ...(json || raw ? [bodyTooLarge] : []),
    ...(inputs.some(({ definition }) => definition.schema !== undefined) ? [faceOf(ValidationError)] : []),
  ];
}

/** Groups by status, in ascending order; an error that is named twice counts once. */
export function byStatus(faces: readonly ErrorFace[]): ReadonlyMap<number, readonly ErrorFace[]> {
  const groups = new Map<number, Map<string, ErrorFace>>();
  for (const face of faces) {
    const group = groups.get(face.status) ?? new Map<string, ErrorFace>();
    if (!group.has(face.code)) group.set(face.code, face);
    groups.set(face.status, group);
  }
  const sorted = [...groups].sort(([a], [b]) => a - b);
  return new Map(sorted.map(([status, group]) => [status, [...group.values()]]));
}
