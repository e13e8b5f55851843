import { type Group, isPlainObject } from "./layout.ts";
import { nearest } from "./names.ts";
import { atLine, type Problem } from "./problem.ts";

/** Where the record came from, for problems. */
export interface RecordPlace {
  readonly origin: string;
  readonly lineOf: (path: readonly string[]) => number | undefined;
}

/**
 * Finds the keys that name no setting, and values that stand where a group should.
 *
 * @param record a TOML table or overrides
 * @param group the settings that may stand in it
 * @param place where it came from
 */
export function unknownKeys(
  record: Readonly<Record<string, unknown>>,
  group: Group,
  place: RecordPlace,
): readonly Problem[] {
  return Object.entries(record).flatMap(([key, value]) => {
    const path = [...group.path, key];
    const problem = (message: string): Problem => ({
      place: `${path.join(".")} in ${atLine(place.origin, place.lineOf(path))}`,
      message,
    });
    const node = group.children.get(key);
    if (node === undefined) return [problem(`names no setting${suggestion(key, group)}`)];
    if (node.kind === "leaf" || value === undefined) return [];
    return isPlainObject(value) ? unknownKeys(value, node, place) : [problem("must be a group of settings")];
  });
}

function suggestion(key: string, group: Group): string {
  const near = nearest(key, [...group.children.keys()]);
  return near === undefined ? "" : `; did you mean ${[...group.path, near].join(".")}?`;
}
