import { request } from "../contract/ambient.ts";
import { type Answer, specialAnswer } from "../contract/answer.ts";
import { findForPrototype } from "../http/error-handlers.ts";
import { RouteNotFound } from "../http/errors.ts";
import type { Replacements } from "../inject/graph.ts";
import { buildDocument } from "../openapi/document.ts";
import type { OpenApiDocument } from "../openapi/document-types.ts";
import type { DocumentInfo, ErrorBody, ErrorFace } from "../openapi/documented-route.ts";
import { type DocsRoute, docsRoutes } from "../openapi/pages.ts";
import type { AppRecord } from "./app.ts";
import { flatten, type Route } from "./flatten.ts";
import { type Router, router, routerRecord } from "./router.ts";

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

function redirect(location: string): Answer<"special"> {
  return specialAnswer({ kind: "empty" }, 308, { location });
}

function serve(file: DocsRoute, ifNoneMatch: string | undefined): Answer<"special"> {
  const headers = { ...file.headers, etag: file.etag };
  if (ifNoneMatch?.includes(file.etag) === true) return specialAnswer({ kind: "empty" }, 304, headers);
  return specialAnswer({ kind: "text", type: file.contentType, text: file.body }, 200, headers);
}

/** Whether the docs are served at all in this environment. */
function isServed(record: AppRecord, env: string): boolean {
  const { docs = "development" } = record.options;
  return docs === "development" ? env === "development" : docs !== "off";
}

function docsRouter(record: AppRecord, document: () => OpenApiDocument): Router {
  const { docs } = record.options;
  let files: ReadonlyMap<string, DocsRoute> | undefined;
  const open = (path: string, ifNoneMatch: string | undefined): Answer<"special"> => {
    // Built at the first look: reading and hashing the pages would slow every start.
    files ??= new Map(docsRoutes(document()).map((file) => [file.path, file]));
    const file = files.get(path.replace(/(.)\/$/, "$1"));
    if (file === undefined) throw new RouteNotFound();
    // With a slash at its end a page would look for its files in another folder.
    if (path.endsWith("/")) return redirect(`../${file.path.split("/").at(-1)}`);
    return serve(file, ifNoneMatch);
  };
  const made = router({ documented: false, ...(typeof docs === "object" ? { needs: docs.needs } : {}) });
  for (const path of ["/openapi.json", "/docs", "/redoc", "/docs/:file"]) {
    made.get(path, { needs: { request }, summary: "Documentation" }, ({ request }) => {
      const sent = request.headers["if-none-match"];
      return open(request.path, Array.isArray(sent) ? sent.join() : sent);
    });
  }
  return made;
}

/**
 * The routes of the docs pages, where the app shows them; elsewhere none exists, so no path of theirs can be told from
 * any other that is not there.
 *
 * @param record the app
 * @param routes its own routes; one of them on a path of the docs wins
 * @param env the environment's name
 * @param replacements as for the app's own routes, so that a test can replace the docs' guard
 */
export function docsRoutesOf(
  record: AppRecord,
  routes: readonly Route[],
  env: string,
  replacements: Replacements = new Map(),
): readonly Route[] {
  if (!isServed(record, env)) return [];
  const taken = new Set(routes.filter(({ method }) => method === "GET").map(({ path }) => path));
  const made = docsRouter(record, () => documentOf(record, routes));
  return flatten(made[routerRecord], replacements).filter(({ path }) => !taken.has(path));
}
