import { isInput } from "../inject/graph.ts";
import type {
  ComponentsObject,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  TagObject,
} from "./document-types.ts";
import type { DocumentedRoute, DocumentInfo } from "./documented-route.ts";
import { present } from "./json.ts";
import { operationIds } from "./operation-ids.ts";
import { parametersOf } from "./parameters.ts";
import { requestBodyOf } from "./request-body.ts";
import { responsesOf } from "./responses.ts";
import { type SchemaBook, schemaBook } from "./schema-book.ts";
import { type SchemeBook, schemeBook } from "./security.ts";

/** What the operations of a document share. */
interface Books {
  readonly schemas: SchemaBook;
  readonly schemes: SchemeBook;
}

/** Two templates that match the same requests are one path, whatever their parameters are called. */
function shapeOf(path: string): string {
  return path.replace(/:\w+/g, ":");
}

function namesIn(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? "");
}

/** Calls path parameters as the first route of the path does: their names are not on the wire. */
function renamePath(parameters: readonly ParameterObject[], own: string, shown: string): readonly ParameterObject[] {
  if (own === shown) return parameters;
  const names = namesIn(own);
  const renamed = namesIn(shown);
  return parameters.map((parameter) =>
    parameter.in === "path"
      ? { ...parameter, name: renamed[names.indexOf(parameter.name)] ?? parameter.name }
      : parameter,
  );
}

/** A route as it is shown: under the template of the first route of its path, and under its id. */
interface Shown {
  readonly route: DocumentedRoute;
  readonly template: string;
  readonly operationId: string;
}

function operation({ route, template, operationId }: Shown, books: Books, info: DocumentInfo): OperationObject {
  const { options, graph, where } = route;
  const inputs = graph.nodes.filter(isInput);
  const own = parametersOf(inputs, route.path, books.schemas, where);
  const parameters = renamePath(own, route.path, template);
  return present<OperationObject>({
    operationId,
    tags: route.tags.length > 0 ? route.tags : undefined,
    summary: options.summary,
    description: options.description,
    deprecated: route.deprecated ? true : undefined,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: requestBodyOf(inputs, books.schemas, where),
    responses: responsesOf(route, books.schemas, info),
    security: books.schemes.use(graph, where),
  });
}

function tagsOf(routes: readonly DocumentedRoute[], described: readonly TagObject[]): readonly TagObject[] {
  const tags = new Map(described.map((tag) => [tag.name, tag]));
  for (const name of routes.flatMap((route) => route.tags)) {
    if (!tags.has(name)) tags.set(name, { name });
  }
  return [...tags.values()];
}

function infoOf({ title, version, ...info }: DocumentInfo): OpenApiDocument["info"] {
  const { summary, description, termsOfService, contact, license } = info;
  return { title, ...present({ summary, description, termsOfService, contact, license }), version };
}

function components(books: Books): ComponentsObject | undefined {
  const schemas = books.schemas.settle();
  const securitySchemes = books.schemes.schemes();
  const found = {
    ...(Object.keys(schemas).length > 0 ? { schemas } : {}),
    ...(Object.keys(securitySchemes).length > 0 ? { securitySchemes } : {}),
  };
  return Object.keys(found).length > 0 ? found : undefined;
}

/**
 * Describes routes as an OpenAPI 3.1 document. The same routes give the same document, byte for byte.
 *
 * @param routes the routes; those with `documented: false` are left out
 * @param info what is said of the API as a whole
 * @throws KilnError KILN_OPENAPI_NAME_CLASH when two models or two security schemes have one name,
 * KILN_OPENAPI_OPERATION_ID when two routes name the same operationId
 */
export function buildDocument(routes: readonly DocumentedRoute[], info: DocumentInfo): OpenApiDocument {
  const shown = routes.filter(({ documented }) => documented);
  const ids = operationIds(shown);
  const books: Books = { schemas: schemaBook(), schemes: schemeBook() };
  const paths: Record<string, Record<string, OperationObject>> = {};
  const templates = new Map<string, string>();
  for (const route of shown) {
    const template = templates.get(shapeOf(route.path)) ?? route.path;
    templates.set(shapeOf(route.path), template);
    const path = template.replace(/:(\w+)/g, "{$1}");
    const item = paths[path] ?? {};
    item[route.method.toLowerCase()] = operation({ route, template, operationId: ids.get(route) ?? "" }, books, info);
    paths[path] = item;
  }
  const tags = tagsOf(shown, info.tags ?? []);
  return present<OpenApiDocument>({
    openapi: "3.1.1",
    info: infoOf(info),
    servers: info.servers,
    tags: tags.length > 0 ? tags : undefined,
    paths,
    components: components(books),
  });
}
