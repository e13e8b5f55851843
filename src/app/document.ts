import { findForPrototype } from "../http/error-handlers.ts";
import { buildDocument } from "../openapi/document.ts";
import type { OpenApiDocument } from "../openapi/document-types.ts";
import type { DocumentInfo, ErrorBody, ErrorFace } from "../openapi/documented-route.ts";
import { docsRoutes } from "../openapi/pages.ts";
import type { AppRecord } from "./app.ts";
import type { DocsFiles } from "./documentation.ts";
import { flatten, type Route } from "./flatten.ts";

/** The body that the app's own handler gives an error, when it has one that names its schema. */
function errorBody(record: AppRecord, face: ErrorFace): ErrorBody | undefined {
  const found = findForPrototype(record.errorHandlers, face.type.prototype);
  return found?.returns === undefined ? undefined : { schema: found.returns, contentType: "application/json" };
}

function infoOf(record: AppRecord): DocumentInfo {
  const { title, version = "0.0.0", description, tags, rootPath, problemTypeBase } = record.options;
  return {
    title,
    version,
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    ...(rootPath === undefined ? {} : { servers: [{ url: rootPath }] }),
    ...(problemTypeBase === undefined ? {} : { problemBase: problemTypeBase }),
    errorBody: (face) => errorBody(record, face),
  };
}

/**
 * The OpenAPI document of an app, from its declarations alone: nothing is opened.
 *
 * @param record the app
 * @param routes its routes, when they have been flattened already
 * @throws KilnError for what is wrong with the graph, and KILN_OPENAPI_NAME_CLASH for two models of one name
 */
export function documentOf(record: AppRecord, routes: readonly Route[] = flatten(record.router)): OpenApiDocument {
  return buildDocument(routes, infoOf(record));
}

/** Every file of the docs pages, by its path. */
export function docsFilesOf(record: AppRecord, routes: readonly Route[]): DocsFiles {
  return new Map(docsRoutes(documentOf(record, routes)).map((file) => [file.path, file]));
}
