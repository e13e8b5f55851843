import {
  type Definition,
  definition,
  type InputDefinition,
  isProvider,
  type Needs,
  type Provider,
} from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { bodyConflict, cycle, invalidNeed, lifetime, reservedName } from "./graph-errors.ts";

/*
 * Glossary. A *need* is a key in a `needs` record. A *node* is what it leads to: a provider, once per graph, except
 * inputs, which are once per name they are read under. The *chain* is the way from the route to a node, for messages.
 */

/** Puts a value or a provider in the place of a provider, for tests. */
export type Replacements = ReadonlyMap<Provider<unknown>, unknown>;

/** One need of a node: the key and what it leads to. */
export interface Edge {
  readonly key: string;
  readonly node: Node;
}

/** A provider in the graph of a route. */
export interface Node {
  readonly provider: Provider<unknown>;
  readonly definition: Definition | { readonly kind: "value"; readonly value: unknown };
  readonly edges: readonly Edge[];
  /** Keys from the route to here, the first way that was found. */
  readonly chain: readonly string[];
  /** Index of its value in the values of a request. */
  readonly slot: number;
}

/** An input node with the name it is read under. */
export interface InputNode extends Node {
  readonly definition: InputDefinition;
  /** The name on the wire; empty when the whole source is read. */
  readonly name: string;
}

/** Everything a route needs, dependencies before dependents. */
export interface Graph {
  readonly nodes: readonly Node[];
  /** The handler's own needs. */
  readonly roots: readonly Edge[];
}

const reserved = new Set(["__proto__", "constructor", "prototype"]);

/** Tells the nodes that read a part of the request. */
export function isInput(node: Node): node is InputNode {
  return node.definition.kind === "input";
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The name an input is read under: its own, else its key; empty for a body without name that is alone in its record. */
function inputName(input: InputDefinition, key: string, needs: Needs): string {
  if (input.source === "rawBody") return "";
  if (input.source === "body") {
    const bodies = new Set(Object.values(needs).filter((need) => isBody(need)));
    return input.name ?? (bodies.size > 1 ? key : "");
  }
  return input.name ?? (input.source === "header" ? kebab(key) : key);
}

function isBody(need: unknown): boolean {
  if (!isProvider(need)) return false;
  const { [definition]: found } = need;
  return found.kind === "input" && found.source === "body";
}

/** State of one walk over the graph. */
interface Walk {
  readonly where: string;
  readonly replacements: Replacements;
  readonly nodes: Node[];
  readonly known: Map<Provider<unknown>, Map<string, Node>>;
  readonly open: Provider<unknown>[];
  bodyOwner: { readonly needs: Needs; readonly chain: readonly string[] } | undefined;
}

/** What is there before the first request and after the last. */
function livesLong({ kind }: Definition): boolean {
  return kind === "resource" || kind === "settings" || kind === "job" || kind === "jobAdmin";
}

// The needs of a job are those of its runs, not of whoever enqueues it.
function needsOf(found: Definition): Needs {
  return found.kind === "depends" || found.kind === "resource" ? found.needs : {};
}

/** Bodies that are named by their keys belong to one record: another one would change what the first reads. */
function checkBodyOwner(walk: Walk, needs: Needs, chain: readonly string[], need: Provider<unknown>): void {
  const owner = walk.bodyOwner;
  if (owner === undefined) {
    walk.bodyOwner = { needs, chain };
    return;
  }
  // The same provider, alone in both records, is one reader that two functions share.
  const shared = owner.needs === needs || (Object.values(owner.needs).includes(need) && countBodies(owner.needs) === 1);
  if (!shared || (owner.needs !== needs && countBodies(needs) !== 1)) {
    throw bodyConflict(walk.where, owner.chain, chain);
  }
}

function countBodies(needs: Needs): number {
  return Object.values(needs).filter((need) => isBody(need)).length;
}

function visit(walk: Walk, needs: Needs, key: string, parents: readonly string[], appOnly: boolean): Node {
  const chain = [...parents, key];
  if (reserved.has(key)) throw reservedName(walk.where, chain);
  const need: unknown = needs[key];
  if (!isProvider(need)) throw invalidNeed(walk.where, chain, need);
  const replaced = walk.replacements.has(need) ? walk.replacements.get(need) : need;
  if (!isProvider(replaced)) {
    return remember(walk, need, "", chain, { kind: "value", value: replaced }, []);
  }
  const found = replaced[definition];
  if (appOnly && !livesLong(found)) throw lifetime(walk.where, chain, found);
  if (walk.open.includes(replaced)) throw cycle(walk.where, chain);
  const name = found.kind === "input" ? inputName(found, key, needs) : "";
  if (found.kind === "input" && found.source === "body" && found.name === undefined) {
    checkBodyOwner(walk, needs, chain, replaced);
  }
  const known = walk.known.get(replaced)?.get(name);
  if (known !== undefined) return known;
  walk.open.push(replaced);
  const inner = needsOf(found);
  const edges = Object.keys(inner).map((innerKey) => ({
    key: innerKey,
    node: visit(walk, inner, innerKey, chain, found.kind === "resource"),
  }));
  walk.open.pop();
  return remember(walk, replaced, name, chain, found, edges);
}

function remember(
  walk: Walk,
  provider: Provider<unknown>,
  name: string,
  chain: readonly string[],
  found: Node["definition"],
  edges: readonly Edge[],
): Node {
  const byName = walk.known.get(provider) ?? new Map<string, Node>();
  const known = byName.get(name);
  if (known !== undefined) return known;
  const node: Node & { readonly name: string } = {
    provider,
    definition: found,
    edges,
    chain,
    slot: walk.nodes.length,
    name,
  };
  byName.set(name, node);
  walk.known.set(provider, byName);
  walk.nodes.push(node);
  return node;
}

/** Who reads the whole body leaves no part of it to others. */
function checkWholeBody({ where, nodes }: Walk): void {
  const bodies = nodes.filter((node) => isInput(node) && node.definition.source === "body");
  const whole = bodies.find((node) => isInput(node) && node.name === "");
  const other = bodies.find((node) => node !== whole);
  if (whole !== undefined && other !== undefined) throw bodyConflict(where, whole.chain, other.chain);
}

/**
 * Walks everything that a route needs, and checks it: cycles, lifetimes, names, body readers.
 *
 * @param where the route, for messages
 * @param guards needs of routers and the app, outermost first; their values are not handed to the handler
 * @param needs the route's own needs
 * @param replacements what stands in for which provider
 * @throws KilnError KILN_PROVIDER_CYCLE, KILN_PROVIDER_LIFETIME, KILN_PROVIDER_INVALID, KILN_RESERVED_NAME,
 * KILN_BODY_READERS, each with the chain from the route to the culprit
 */
export function buildGraph(
  where: string,
  guards: readonly Needs[],
  needs: Needs,
  replacements: Replacements = new Map(),
): Graph {
  const walk: Walk = { where, replacements, nodes: [], known: new Map(), open: [], bodyOwner: undefined };
  for (const guard of guards) {
    for (const key of Object.keys(guard)) visit(walk, guard, key, [], false);
  }
  const roots = Object.keys(needs).map((key) => ({ key, node: visit(walk, needs, key, [], false) }));
  checkWholeBody(walk);
  return { nodes: walk.nodes, roots };
}

/**
 * The resources and settings that providers need, in the order in which they open.
 *
 * @throws KilnError KILN_PROVIDER_CYCLE, KILN_PROVIDER_LIFETIME, KILN_PROVIDER_INVALID
 */
export function appNodes(graphs: readonly Graph[]): readonly Node[] {
  const found = new Map<Provider<unknown>, Node>();
  for (const graph of graphs) {
    for (const node of graph.nodes) {
      const { kind } = node.definition;
      if ((kind === "resource" || kind === "settings") && !found.has(node.provider)) found.set(node.provider, node);
    }
  }
  return [...found.values()];
}

/** Refuses templates and `path()` names that do not fit together. */
export function checkPathNames(where: string, template: string, graph: Graph): void {
  const names = new Set([...template.matchAll(/:([A-Za-z_]\w*)/g)].map((match) => match[1]));
  for (const node of graph.nodes) {
    if (!isInput(node) || node.definition.source !== "path") continue;
    for (const name of pathNames(node)) {
      if (names.has(name)) continue;
      const listed = names.size === 0 ? "has no parameters" : `has ${[...names].map((n) => `:${n}`).join(", ")}`;
      throw new KilnError("KILN_PATH_NAME", {
        where: chainText(where, node.chain),
        what: name,
        why: `is read by path() but the template "${template}" ${listed}`,
        fix: `Write ":${name}" into the template, or name the parameter with path(schema, { name })`,
      });
    }
  }
}

function pathNames(node: InputNode): readonly string[] {
  const schema = node.definition.schema;
  const shape = schema === undefined ? undefined : (schema as { shape?: Record<string, unknown> }).shape;
  return shape === undefined ? [node.name] : Object.keys(shape);
}

/** `posts.put("/:postId") -> post -> db`, for messages. */
export function chainText(where: string, chain: readonly string[]): string {
  return [where, ...chain].join(" -> ");
}
