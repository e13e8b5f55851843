import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { KilnError } from "../errors/kiln-error.ts";
import type { LoadRequest } from "../server/tune/requests.ts";

/** A route as the command line names it. */
interface NamedRoute {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  body: string | undefined;
}

/** What `kiln tune` may be told. */
export interface TuneOptions {
  readonly route?: readonly NamedRoute[];
  readonly max?: number;
  readonly seconds?: number;
  readonly rounds?: number;
  readonly warmup?: number;
  readonly connections?: number;
  readonly threads?: number;
  readonly write?: boolean;
}

export function tuneOptionsError(what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_TUNE_OPTIONS", { where: "kiln tune", what, why, fix });
}

/** `--body` and `--header` say more about the `--route` before them, so the three are read in the order they come. */
export interface RouteReader {
  route(text: string): readonly NamedRoute[];
  body(text: string): void;
  header(text: string): void;
}

export function createRouteReader(): RouteReader {
  const routes: NamedRoute[] = [];
  const forAll: Record<string, string> = {};
  return {
    route: (text) => {
      const [, method = "GET", path] = /^(?:([A-Za-z]+)\s+)?(\/\S*)$/.exec(text.trim()) ?? [];
      if (path === undefined) {
        throw tuneOptionsError(`--route ${text}`, "is no route", 'Write it as "POST /articles"');
      }
      routes.push({ method: method.toUpperCase(), path, headers: { ...forAll }, body: undefined });
      return routes;
    },
    body: (text) => {
      const last = routes.at(-1);
      if (last === undefined) throw tuneOptionsError("--body", "belongs to no route", "Name its --route before it");
      last.body = text;
    },
    header: (text) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw tuneOptionsError(`--header ${text}`, "is no header", 'Write it as "name: value"');
      }
      const headers = routes.at(-1)?.headers ?? forAll;
      headers[name.toLowerCase()] = value;
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function bodyOf(text: string): Promise<string> {
  if (isJson(text)) return text;
  try {
    return await readFile(text, "utf8");
  } catch (cause) {
    const why = `is neither JSON nor a file that can be read: ${cause instanceof Error ? cause.message : cause}`;
    throw tuneOptionsError(`--body ${basename(text)}`, why, "Give the JSON itself, or the path of a file");
  }
}

/** The requests that were named, with what their bodies are. */
export async function requestsOf(routes: readonly NamedRoute[]): Promise<readonly LoadRequest[]> {
  return Promise.all(
    routes.map(async ({ method, path, headers, body: text }) => {
      const body = text === undefined ? undefined : await bodyOf(text);
      const type = body !== undefined && isJson(body) ? { "content-type": "application/json" } : {};
      return { method, path, headers: { ...type, ...headers }, body };
    }),
  );
}
