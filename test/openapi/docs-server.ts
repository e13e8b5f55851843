import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { OpenApiDocument } from "../../src/openapi/document-types.ts";
import { type DocsRoute, docsRoutes } from "../../src/openapi/pages.ts";

/** A running server of docs pages. */
export interface DocsServer extends AsyncDisposable {
  readonly origin: string;
  /** Paths that were asked for and are not there. */
  readonly missing: readonly string[];
}

function answers(routes: readonly DocsRoute[], prefix: string): ReadonlyMap<string, DocsRoute> {
  return new Map(routes.map((route) => [`${prefix}${route.path}`, route]));
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

/** Serves the docs of a document by `node:http` alone, below a prefix, and answers of the API itself as JSON. */
export async function serveDocs(
  document: OpenApiDocument,
  prefix = "",
  api: Readonly<Record<string, string>> = {},
): Promise<DocsServer> {
  const json = Object.entries(api).map(([path, body]) => ({
    path,
    body,
    contentType: "application/json",
    headers: {},
    etag: '""',
  }));
  const routes = answers([...docsRoutes(document), ...json], prefix);
  const missing: string[] = [];
  const server = createServer((request, response) => {
    const found = routes.get(request.url ?? "");
    if (found === undefined) {
      missing.push(request.url ?? "");
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { ...found.headers, "content-type": found.contentType, etag: found.etag }).end(found.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, missing, [Symbol.asyncDispose]: () => close(server) };
}
