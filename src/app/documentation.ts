import { request } from "../contract/ambient.ts";
import { type Answer, specialAnswer } from "../contract/answer.ts";
import { RouteNotFound } from "../http/errors.ts";
import type { Replacements } from "../inject/graph.ts";
import type { DocsRoute } from "../openapi/pages.ts";
import type { AppRecord } from "./app.ts";
import { flatten, type Route } from "./flatten.ts";
import { type Router, router, routerRecord } from "./router.ts";

/** Files of the docs pages by path. */
export type DocsFiles = ReadonlyMap<string, DocsRoute>;

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

function docsRouter(record: AppRecord, routes: readonly Route[]): Router {
  const { docs } = record.options;
  let files: Promise<DocsFiles> | undefined;
  const open = async (path: string, ifNoneMatch: string | undefined): Promise<Answer<"special">> => {
    // Loaded and built at the first look: reading and hashing the pages would slow every start.
    files ??= import("./document.ts").then(({ docsFilesOf }) => docsFilesOf(record, routes));
    const file = (await files).get(path.replace(/(.)\/$/, "$1"));
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
  const made = docsRouter(record, routes);
  return flatten(made[routerRecord], replacements).filter(({ path }) => !taken.has(path));
}
