import { z } from "zod";
import type { SettingsOptions } from "../contract/provider.ts";
import { compileRun } from "../contract/run-schema.ts";
import { isOpaque, mayBeAbsent } from "./introspect.ts";
import { type Group, isPlainObject, type Leaf, leavesOf } from "./layout.ts";
import { plainMessage } from "./messages.ts";
import type { Problem } from "./problem.ts";
import { readValue } from "./read-value.ts";
import type { Found, Source } from "./source.ts";
import { type LoadSettingsOptions, openSources } from "./sources.ts";

/** What became of one setting. */
export interface Resolved {
  readonly leaf: Leaf;
  /** Undefined where there is none, or where it is wrong. */
  readonly value: unknown;
  /** The source, `default`, or `not set`. */
  readonly origin: string;
  readonly problems: readonly Problem[];
}

/** What became of all. */
export interface Resolution {
  /** In the order of declaration. */
  readonly settings: readonly Resolved[];
  /** Every problem, those of the sources first. */
  readonly problems: readonly Problem[];
  /** The settings as the app sees them; complete only when there are no problems. */
  readonly value: unknown;
}

interface Search {
  readonly found: ReadonlyMap<Leaf, Found>;
  /** Where a setting stands without a value, to say so when it is missed. */
  readonly empty: ReadonlyMap<Leaf, Found>;
}

interface GroupResult {
  readonly settings: readonly Resolved[];
  readonly value: unknown;
  /** Of refinements over the whole group. */
  readonly problems: readonly Problem[];
}

/**
 * Looks every setting up and validates it.
 *
 * @param root the layout
 * @param declared what `defineSettings` was told
 * @param options where to look
 */
export async function resolveSettings(
  root: Group,
  declared: SettingsOptions,
  options: LoadSettingsOptions,
): Promise<Resolution> {
  const { sources, problems } = await openSources(root, declared, options);
  const result = await resolveGroup(root, await search(leavesOf(root), sources));
  const own = result.settings.flatMap((setting) => setting.problems);
  return { settings: result.settings, problems: [...problems, ...own, ...result.problems], value: result.value };
}

async function search(leaves: readonly Leaf[], sources: readonly Source[]): Promise<Search> {
  const found = new Map<Leaf, Found>();
  const empty = new Map<Leaf, Found>();
  for (const leaf of leaves) {
    for (const source of sources) {
      const value = await source.find(leaf);
      if (value === undefined) continue;
      // `PORT=` is how shells, Compose files and copied examples say "nothing": it sets nothing.
      if (value.text && value.raw === "") {
        if (!empty.has(leaf)) empty.set(leaf, value);
        continue;
      }
      found.set(leaf, value);
      break;
    }
  }
  return { found, empty };
}

async function resolveGroup(group: Group, search: Search): Promise<GroupResult> {
  const leaves = leavesOf(group);
  if (group.schema !== undefined && mayBeAbsent(group.schema) && !leaves.some((leaf) => search.found.has(leaf))) {
    return absentGroup(group, group.schema, leaves);
  }
  const settings: Resolved[] = [];
  const problems: Problem[] = [];
  const value: Record<string, unknown> = {};
  for (const [key, node] of group.children) {
    const result =
      node.kind === "leaf" ? leafResult(await resolveLeaf(node, search)) : await resolveGroup(node, search);
    settings.push(...result.settings);
    problems.push(...result.problems);
    if (result.value !== undefined) value[key] = result.value;
  }
  const sound = problems.length === 0 && settings.every((setting) => setting.problems.length === 0);
  if (!sound || group.checks.length === 0) return { settings, problems, value };
  return { settings, ...(await checked(group, value, search)) };
}

function leafResult(resolved: Resolved): GroupResult {
  return { settings: [resolved], value: resolved.value, problems: [] };
}

/** A group of which nothing is set, and that need not be: its own default decides. */
async function absentGroup(group: Group, schema: z.ZodType, leaves: readonly Leaf[]): Promise<GroupResult> {
  const result = await compileRun(schema)(undefined);
  const value = result.ok ? result.value : undefined;
  const settings = leaves.map((leaf) => {
    const own = leaf.path
      .slice(group.path.length)
      .reduce<unknown>((at, key) => (isPlainObject(at) ? at[key] : undefined), value);
    return { leaf, value: own, origin: own === undefined ? "not set" : "default", problems: [] };
  });
  const issues = result.ok ? [] : result.issues;
  const problems = issues.map((issue) => ({ place: group.key, message: plainMessage(issue, []) }));
  return { settings, value, problems };
}

/** Runs the refinements of a group over its values, which its own settings have validated already. */
async function checked(group: Group, value: unknown, search: Search): Promise<Pick<GroupResult, "value" | "problems">> {
  const result = await compileRun(z.unknown().check(...group.checks))(value);
  if (result.ok) return { value: result.value, problems: [] };
  const secrets = leavesOf(group)
    .filter((leaf) => leaf.secret || isOpaque(leaf.schema))
    .map((leaf) => search.found.get(leaf)?.raw);
  const hidden = secrets.filter((raw) => typeof raw === "string" && raw !== "").map(String);
  return {
    value,
    problems: result.issues.map((issue) => ({ place: group.key, message: plainMessage(issue, hidden) })),
  };
}

async function resolveLeaf(leaf: Leaf, { found, empty }: Search): Promise<Resolved> {
  const from = found.get(leaf);
  if (from === undefined && !mayBeAbsent(leaf.schema)) return missing(leaf, empty.get(leaf));
  const place = from === undefined ? `default of ${leaf.key}` : `${from.name} in ${from.origin}`;
  if (from?.failure !== undefined) {
    return { leaf, value: undefined, origin: from.origin, problems: [{ place, message: from.failure }] };
  }
  const outcome = await readValue(leaf, from);
  if (!outcome.ok) {
    const problems = outcome.messages.map((message) => ({ place, message }));
    return { leaf, value: undefined, origin: from?.origin ?? "default", problems };
  }
  const origin = from?.origin ?? (outcome.value === undefined ? "not set" : "default");
  return { leaf, value: outcome.value, origin, problems: [] };
}

function missing(leaf: Leaf, empty: Found | undefined): Resolved {
  const message = empty === undefined ? "is not set" : `is not set: it is empty in ${empty.origin}`;
  const place = leaf.envName === leaf.key ? leaf.key : `${leaf.envName} (${leaf.key})`;
  return { leaf, value: undefined, origin: "not set", problems: [{ place, message }] };
}
