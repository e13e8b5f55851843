import { KilnError } from "../errors/kiln-error.ts";
import { chainText, type Graph, isInput } from "./graph.ts";
import { readsBody } from "./input-steps.ts";

/** Refuses a body where the method has none: clients and proxies drop it, so the route could never work. */
export function checkBodyMethod(where: string, method: string, graph: Graph): void {
  if (method !== "GET" && method !== "DELETE") return;
  const reader = graph.nodes.find((node) => isInput(node) && readsBody(node));
  if (reader === undefined) return;
  throw new KilnError("KILN_BODY_METHOD", {
    where: chainText(where, reader.chain),
    what: reader.chain.at(-1) ?? "",
    why: `reads a body, but the body of a ${method} request has no meaning and may be dropped on the way`,
    fix: "Use POST, PUT or PATCH, or read the value with query()",
  });
}
