import { globalRegistry, type ZodType } from "zod";
import { flatten, type Route } from "../app/flatten.ts";
import { modelInfo } from "../contract/model.ts";
import { isSchema } from "../contract/responses.ts";
import { nodeName } from "../inject/steps.ts";
import { loadRecord } from "./load-app.ts";
import { finish } from "./output.ts";
import { table } from "./table.ts";

/** A route as people see it. */
interface RouteRow {
  readonly method: string;
  readonly path: string;
  /** `file:line` of the declaration. */
  readonly place: string;
  /** What the app and the routers around it need for every request. */
  readonly guards: readonly string[];
  /** What its handler gets. */
  readonly needs: readonly string[];
  /** Names of models, or kinds of schemas, by status. */
  readonly returns: string;
}

function schemaLabel(schema: ZodType): string {
  const name = modelInfo(schema)?.name ?? globalRegistry.get(schema)?.id;
  if (name !== undefined) return name;
  const { def } = schema._zod;
  // A list is told by its kind, which has an element.
  return def.type === "array" ? `${schemaLabel((def as unknown as { element: ZodType }).element)}[]` : def.type;
}

function returnsLabel({ options: { returns, status } }: Route): string {
  if (returns === undefined) return status === undefined ? "" : String(status);
  if (isSchema(returns)) return status === undefined ? schemaLabel(returns) : `${status} ${schemaLabel(returns)}`;
  const statuses = Object.entries(returns).map(([code, schema]) =>
    schema === null ? code : `${code} ${schemaLabel(schema)}`,
  );
  return statuses.join(", ");
}

function rowOf(route: Route): RouteRow {
  const { graph, method, path, place } = route;
  const own = new Set(graph.roots.map(({ node }) => node));
  // Guards are what the route leads to at first hand without its handler getting it.
  const guards = graph.nodes.filter((node) => node.chain.length === 1 && !own.has(node));
  return {
    method,
    path,
    place,
    guards: guards.map(nodeName),
    needs: graph.roots.map(({ key }) => key),
    returns: returnsLabel(route),
  };
}

function tableOf(rows: readonly RouteRow[]): string {
  const cells = rows.map(({ method, path, guards, needs, returns, place }) => [
    method,
    path,
    guards.join(", "),
    needs.join(", "),
    returns,
    place,
  ]);
  return table([["METHOD", "PATH", "GUARDS", "NEEDS", "RETURNS", "PLACE"], ...cells]);
}

/** `kiln routes` */
export async function routes(entry: string | undefined, options: { readonly json?: boolean }): Promise<void> {
  const { router } = await loadRecord(entry);
  const rows = flatten(router).map(rowOf);
  await finish(options.json === true ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
}
