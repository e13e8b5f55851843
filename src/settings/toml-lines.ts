const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$/;
const pair = /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=\s*(.*)$/;

/**
 * Finds on which line of a valid TOML text each table and key stands; the parser does not tell. Keys inside inline
 * tables are not found: their table is.
 *
 * @returns line numbers, counted from 1, by dotted path
 */
export function locateKeys(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let table: readonly string[] = [];
  let open: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (open !== undefined) {
      // Inside a text of several lines, where a line may look like anything.
      if (line.includes(open)) open = undefined;
      continue;
    }
    const ofTable = header.exec(line)?.[1];
    const [, ofKey, value = ""] = pair.exec(line) ?? [];
    if (ofKey !== undefined) {
      record(found, [...table, ...keys(ofKey)], index + 1);
      open = opened(value);
    } else if (ofTable !== undefined) {
      table = keys(ofTable);
      record(found, table, index + 1);
    }
  }
  return found;
}

function record(found: Map<string, number>, path: readonly string[], line: number): void {
  const name = path.join(".");
  if (!found.has(name)) found.set(name, line);
}

function keys(dotted: string): readonly string[] {
  return [...dotted.matchAll(/"([^"]*)"|'([^']*)'|[\w-]+/g)].map((match) => match[1] ?? match[2] ?? match[0]);
}

/** The quotes that a value opens and does not close on its line. */
function opened(value: string): string | undefined {
  const quotes = ['"""', "'''"].find((candidate) => value.startsWith(candidate));
  return quotes !== undefined && !value.slice(3).includes(quotes) ? quotes : undefined;
}
