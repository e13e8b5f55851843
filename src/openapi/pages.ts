import { createHash } from "node:crypto";
import type { OpenApiDocument } from "./document-types.ts";
import { pageFiles, readPageFile, type VendoredFile } from "./page-assets.ts";
import { pageStyle, redocInit, swaggerInit } from "./page-scripts.ts";

/** A file that the docs are made of, ready to be served to GET. */
export interface DocsRoute {
  /** Below the app's root, for example `/docs`. */
  readonly path: string;
  readonly contentType: string;
  /** Headers beside content type and ETag: caching and the content policy. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
  /** With its quotes; a request whose `if-none-match` holds it gets 304. */
  readonly etag: string;
}

/** What the pages may reach beside their own origin. */
export interface DocsOptions {
  /** Origins that "Try it out" may call, for example `https://api.example.com`; those of the servers are added. */
  readonly connect?: readonly string[];
}

const types = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  png: "image/png",
  json: "application/json; charset=utf-8",
} as const;

function digest(body: Uint8Array | string): string {
  return createHash("sha256").update(body).digest("base64url").slice(0, 22);
}

const common = { "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };

/** The name of an asset holds its digest, so that it may be kept for ever. */
function asset(name: string, body: Uint8Array | string): DocsRoute {
  const [stem = "", extension = ""] = name.split(/\.(?=[a-z]+$)/);
  // The names are this module's own; each ends in one of the known types.
  const contentType = types[extension as keyof typeof types];
  const tag = digest(body);
  return {
    path: `/docs/${stem}.${tag.slice(0, 10)}.${extension}`,
    contentType,
    headers: { ...common, "cache-control": "public, max-age=31536000, immutable" },
    body,
    etag: `"${tag}"`,
  };
}

function vendoredAsset(file: VendoredFile): DocsRoute {
  return asset(file.name, readPageFile(file));
}

function changing(path: string, contentType: string, body: string, headers: Record<string, string> = {}): DocsRoute {
  return {
    path,
    contentType,
    headers: { ...common, "cache-control": "no-cache", ...headers },
    body,
    etag: `"${digest(body)}"`,
  };
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (found) => entities[found] ?? found);
}

interface Page {
  readonly title: string;
  readonly styles: readonly DocsRoute[];
  readonly scripts: readonly DocsRoute[];
  readonly favicon: DocsRoute;
}

/** Relative to the page, which lies beside the folder of its assets. */
function relative({ path }: DocsRoute): string {
  return path.slice(1);
}

function html({ title, styles, scripts, favicon }: Page): string {
  const links = styles.map((style) => `<link rel="stylesheet" href="${relative(style)}">`);
  const tags = scripts.map((script) => `<script src="${relative(script)}" defer></script>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="icon" type="image/png" href="${relative(favicon)}">
${[...links, ...tags].join("\n")}
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript. The document itself is <a href="openapi.json">openapi.json</a>.</noscript>
</body>
</html>
`;
}

/** The origins of servers that are given with one: the page would otherwise not be allowed to call them. */
function serverOrigins({ servers = [] }: OpenApiDocument): readonly string[] {
  return servers
    .map(({ url }) => /^https?:\/\/[A-Za-z0-9.:[\]-]+/.exec(url)?.[0])
    .filter((origin) => origin !== undefined);
}

/**
 * Redoc writes its styles into elements that are empty when they are inserted (the first hash is that of nothing), and
 * those of its scroll bar into one more. Their digests allow them, and no other inline style.
 */
const redocStyles =
  "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='";

function policy(style: string, connect: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${style}`,
    "img-src 'self' data:",
    `connect-src ${["'self'", ...connect].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * Everything that the docs are made of: Swagger UI at `/docs`, Redoc at `/redoc`, the document at `/openapi.json`, and
 * their files below `/docs/`. Nothing of it reaches for another host.
 *
 * @param document the OpenAPI document
 * @param options see {@link DocsOptions}
 * @returns what to serve to GET
 * @throws KilnError KILN_OPENAPI_ASSETS when the installed package lacks a file
 */
export function docsRoutes(document: OpenApiDocument, options: DocsOptions = {}): readonly DocsRoute[] {
  const favicon = vendoredAsset(pageFiles.favicon);
  const base = asset("page.css", pageStyle);
  const swagger = {
    styles: [base, vendoredAsset(pageFiles.swaggerStyle)],
    scripts: [vendoredAsset(pageFiles.swaggerScript), asset("swagger-init.js", swaggerInit)],
  };
  const redoc = {
    styles: [base],
    scripts: [vendoredAsset(pageFiles.redocScript), asset("redoc-init.js", redocInit)],
  };
  const connect = [...new Set([...serverOrigins(document), ...(options.connect ?? [])])];
  const { title } = document.info;
  const page = (path: string, parts: typeof swagger, style: string, tool: string): DocsRoute =>
    changing(path, types.html, html({ title: `${title} - ${tool}`, ...parts, favicon }), {
      "content-security-policy": policy(style, connect),
    });
  return [
    changing("/openapi.json", types.json, JSON.stringify(document)),
    page("/docs", swagger, "'self'", "Swagger UI"),
    page("/redoc", redoc, redocStyles, "Redoc"),
    ...new Set([favicon, ...swagger.styles, ...swagger.scripts, ...redoc.scripts]),
  ];
}
