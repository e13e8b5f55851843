import { KilnError } from "../errors/kiln-error.ts";
import { type Definition, type Definitions, sameDefinition } from "./definitions.ts";

/** Definitions that say the same, and so share a component. */
type Likeness = readonly Definition[];

function alike(found: readonly Definition[], definitions: Definitions): readonly Likeness[] {
  const groups: Definition[][] = [];
  for (const definition of found) {
    const group = groups.find(([first]) => first !== undefined && sameDefinition(first, definition, definitions));
    if (group === undefined) groups.push([definition]);
    else group.push(definition);
  }
  return groups;
}

function clash(name: string, first: Definition, second: Definition): KilnError {
  const both = first.where === second.where ? `both reached from ${first.where}` : `one reached from ${first.where}`;
  return new KilnError("KILN_OPENAPI_NAME_CLASH", {
    where: second.where,
    what: name,
    why: `would name two different schemas in the OpenAPI document, ${both}`,
    fix: "Give one of the two models another name",
  });
}

/** Tells the two directions of one model from two models: each group keeps to a direction, and they share a schema. */
function isVariants([first, second, ...more]: readonly Likeness[]): boolean {
  if (first === undefined || second === undefined || more.length > 0) return false;
  const oneWay = (group: Likeness): boolean => group.every(({ io }) => io === group[0]?.io);
  return oneWay(first) && oneWay(second) && first.some(({ id }) => second.some((other) => other.id === id));
}

function nameGroups(name: string, groups: readonly Likeness[]): readonly (readonly [string, Likeness])[] {
  const [first, second] = groups;
  if (first === undefined) return [];
  if (second === undefined) return [[name, first]];
  if (!isVariants(groups)) {
    const [a, b] = [first[0], second[0]];
    if (a !== undefined && b !== undefined) throw clash(name, a, b);
  }
  return groups.map((group) => [group[0]?.io === "input" ? `${name}Input` : name, group]);
}

function byName(found: readonly Definition[]): Map<string | undefined, Definition[]> {
  const groups = new Map<string | undefined, Definition[]>();
  for (const definition of found) {
    const group = groups.get(definition.name);
    if (group === undefined) groups.set(definition.name, [definition]);
    else group.push(definition);
  }
  return groups;
}

/** Recursive schemas without a name need one to refer to themselves. */
function nameUnnamed(unnamed: readonly Likeness[], taken: ReadonlyMap<string, Definition>): [string, Likeness][] {
  let last = 0;
  return unnamed.map((group) => {
    do last += 1;
    while (taken.has(`Schema${last}`));
    return [`Schema${last}`, group];
  });
}

/**
 * Names the components: after the model, with `Input` added to what is sent only where that differs from what is
 * answered.
 *
 * @param found the definitions in use, in the order in which routes led to them
 * @param definitions all of them
 * @returns the component's name by the key of the definition
 * @throws KilnError KILN_OPENAPI_NAME_CLASH when a name would stand for two different schemas
 */
export function nameComponents(found: readonly Definition[], definitions: Definitions): ReadonlyMap<string, string> {
  const taken = new Map<string, Definition>();
  const names = new Map<string, string>();
  const give = (name: string, group: Likeness): void => {
    const [first] = group;
    const other = taken.get(name);
    if (first === undefined) return;
    if (other !== undefined) throw clash(name, other, first);
    taken.set(name, first);
    for (const { key } of group) names.set(key, name);
  };
  const groups = byName(found);
  for (const [name, members] of groups) {
    if (name === undefined) continue;
    for (const [component, group] of nameGroups(name, alike(members, definitions))) give(component, group);
  }
  for (const [name, group] of nameUnnamed(alike(groups.get(undefined) ?? [], definitions), taken)) give(name, group);
  return names;
}
