import type { Definition } from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";

function way(where: string, chain: readonly string[]): string {
  return [where, ...chain].join(" -> ");
}

function last(chain: readonly string[]): string {
  return chain.at(-1) ?? "";
}

export function cycle(where: string, chain: readonly string[]): KilnError {
  return new KilnError("KILN_PROVIDER_CYCLE", {
    where: way(where, chain),
    what: last(chain),
    why: "needs itself through the chain above, so neither could ever be resolved first",
    fix: "Break the circle: move what both need into a third provider",
  });
}

export function lifetime(where: string, chain: readonly string[], found: Definition): KilnError {
  const kind =
    found.kind === "input" || found.kind === "ambient" ? `the request's ${last(chain)}` : "a request's value";
  return new KilnError("KILN_PROVIDER_LIFETIME", {
    where: way(where, chain),
    what: last(chain),
    why: `is ${kind}, but a resource is opened before any request exists and outlives them all`,
    fix: "Need only resources and settings in a resource, or make it a depends",
  });
}

export function invalidNeed(where: string, chain: readonly string[], need: unknown): KilnError {
  const why =
    need === undefined
      ? "is undefined: its module has not been evaluated yet, or the name is wrong"
      : `is ${typeof need === "object" ? "an object" : `a ${typeof need}`} and no provider`;
  return new KilnError("KILN_PROVIDER_INVALID", {
    where: way(where, chain),
    what: last(chain),
    why,
    fix: "Use an input such as query(), a depends(), a resource() or settings; break import cycles between modules",
  });
}

export function reservedName(where: string, chain: readonly string[]): KilnError {
  return new KilnError("KILN_RESERVED_NAME", {
    where: way(where, chain),
    what: last(chain),
    why: "names a part of every JavaScript object, so a value under it would be lost or change the object itself",
    fix: "Choose another key; a wire name can differ by { name }",
  });
}

export function bodyConflict(where: string, first: readonly string[], second: readonly string[]): KilnError {
  return new KilnError("KILN_BODY_READERS", {
    where: way(where, second),
    what: last(second),
    why: `reads the body, which ${way("", first).replace(/^ -> /, "")} reads as well, so which of them gets it whole cannot be told`,
    fix: "Name the property that each reads, with body(schema, { name }), declare them in one needs record, or share one body()",
  });
}
