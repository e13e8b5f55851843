import type { ZodType } from "zod";
import { http } from "../contract/node-http.ts";
import { defaultProblemBase } from "../contract/problem.ts";
import { responseNotes } from "../contract/response-notes.ts";
import { isSchema, successStatus } from "../contract/responses.ts";
import { ValidationError } from "../contract/validation-error.ts";
import type { ExampleObject, MediaTypeObject, ResponseObject, SchemaObject } from "./document-types.ts";
import type { DocumentedRoute, DocumentInfo, ErrorFace } from "./documented-route.ts";
import { byStatus, errorFaces } from "./error-faces.ts";
import { problemSchema, validationProblemSchema } from "./problem-schemas.ts";
import type { SchemaBook } from "./schema-book.ts";

const problemType = "application/problem+json";

function reason(status: number): string {
  return http.STATUS_CODES[status] ?? `Status ${status}`;
}

function namedExamples(examples: Readonly<Record<string, unknown>> | undefined): Pick<MediaTypeObject, "examples"> {
  if (examples === undefined) return {};
  return { examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])) };
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function notedHeaders(of: object): Pick<ResponseObject, "headers"> {
  const said = Object.entries(responseNotes(of).headers ?? {});
  if (said.length === 0) return {};
  const headers = said.map(([name, description]) => [name, { description, schema: { type: "string" } }] as const);
  return { headers: Object.fromEntries(headers) };
}

function withoutSchema(route: DocumentedRoute, status: number): ResponseObject {
  if (isBodiless(status)) return { description: reason(status) };
  const { contentType, description } = responseNotes(route.options);
  if (contentType === undefined) return { description: `${reason(status)}; the route declares no schema` };
  return { description: description ?? reason(status), content: { [contentType]: { schema: { type: "string" } } } };
}

/** The answers that `returns` declares, by status. */
function declared(route: DocumentedRoute, book: SchemaBook): Map<number, ResponseObject> {
  const { returns, status, examples } = route.options;
  const usual = successStatus(returns, status) ?? 200;
  if (returns === undefined) return new Map([[usual, withoutSchema(route, usual)]]);
  const describe = (code: number, schema: ZodType | null): ResponseObject => {
    if (schema === null || isBodiless(code)) return { description: reason(code) };
    const media = {
      schema: book.use(schema, "output", route.where),
      ...(code === usual ? namedExamples(examples) : {}),
    };
    return { description: reason(code), ...notedHeaders(schema), content: { "application/json": media } };
  };
  if (isSchema(returns)) return new Map([[usual, describe(usual, returns)]]);
  return new Map(Object.entries(returns).map(([code, schema]) => [Number(code), describe(Number(code), schema)]));
}

function problemExample(face: ErrorFace, route: DocumentedRoute, base: string): ExampleObject {
  const errors = { in: "query", path: ["name"], code: "missing", message: "Is missing" };
  return {
    summary: face.title,
    value: {
      type: `${base}${face.code}`,
      title: face.title,
      status: face.status,
      instance: route.path.replace(/:\w+/g, "1"),
      request_id: "0197f0c2a4b87c3e",
      ...(face.type === ValidationError ? { errors: [errors] } : {}),
    },
  };
}

/** One media type of an error response in the making. */
interface ErrorMedia {
  readonly schemas: Map<unknown, SchemaObject>;
  readonly examples: Record<string, ExampleObject>;
}

/** What describes an error: the app's own format, else the problem of RFC 9457. */
function describeError(
  media: Map<string, ErrorMedia>,
  face: ErrorFace,
  route: DocumentedRoute,
  book: SchemaBook,
  info: DocumentInfo,
): void {
  const own = info.errorBody?.(face);
  const contentType = own?.contentType ?? problemType;
  const entry: ErrorMedia = media.get(contentType) ?? { schemas: new Map(), examples: {} };
  media.set(contentType, entry);
  if (own !== undefined) {
    if (!entry.schemas.has(own.schema)) entry.schemas.set(own.schema, book.use(own.schema, "output", route.where));
    if (own.example !== undefined) entry.examples[face.code] = { summary: face.title, value: own.example };
    return;
  }
  const isValidation = face.type === ValidationError;
  const name = isValidation ? "ValidationProblem" : "Problem";
  entry.schemas.set(name, book.own(name, isValidation ? validationProblemSchema : problemSchema));
  entry.examples[face.code] = problemExample(face, route, info.problemBase ?? defaultProblemBase);
}

function mediaType({ schemas, examples }: ErrorMedia): MediaTypeObject {
  const [first, ...others] = [...schemas.values()];
  const schema = first !== undefined && others.length === 0 ? first : { anyOf: [...schemas.values()] };
  return { schema, ...(Object.keys(examples).length > 0 ? { examples } : {}) };
}

const challenge = {
  "WWW-Authenticate": { description: "The schemes that are accepted.", schema: { type: "string" } },
} as const;

function errorResponse(
  status: number,
  faces: readonly ErrorFace[],
  route: DocumentedRoute,
  book: SchemaBook,
  info: DocumentInfo,
): ResponseObject {
  const media = new Map<string, ErrorMedia>();
  for (const face of faces) describeError(media, face, route, book, info);
  return {
    description: faces.map(({ title }) => title).join(" · "),
    ...(status === 401 ? { headers: challenge } : {}),
    content: Object.fromEntries([...media].map(([type, entry]) => [type, mediaType(entry)])),
  };
}

/** A status may be both declared by `returns` and raised: its body then comes in either form. */
function both(own: ResponseObject, error: ResponseObject): ResponseObject {
  const content = { ...error.content };
  for (const [type, media] of Object.entries(own.content ?? {})) {
    const other = content[type];
    const schemas = [media.schema, other?.schema].filter((schema) => schema !== undefined);
    content[type] = other === undefined ? media : { ...other, ...media, schema: { anyOf: schemas } };
  }
  return { ...error, content };
}

/**
 * Every answer of a route: what `returns` declares, and the errors of the whole graph, grouped by status with one
 * example for each code.
 */
export function responsesOf(
  route: DocumentedRoute,
  book: SchemaBook,
  info: DocumentInfo,
): Readonly<Record<string, ResponseObject>> {
  const responses = declared(route, book);
  for (const [status, faces] of byStatus(errorFaces(route))) {
    const error = errorResponse(status, faces, route, book, info);
    const own = responses.get(status);
    responses.set(status, own === undefined ? error : both(own, error));
  }
  // Keys that are whole numbers are kept in ascending order by every engine, whatever the order they are added in.
  return Object.fromEntries(responses);
}
