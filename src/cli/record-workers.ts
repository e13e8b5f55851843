// The number of workers in package.json, changed where it stands: everything else stays as somebody has written it.

/** The value of a key: where in the text it begins and ends. */
interface Member {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * The members of the object that begins here. The text is JSON that has been parsed, so it is well formed.
 *
 * @param start the index of its `{`
 * @returns with the index of its `}`
 */
function membersOf(text: string, start: number): { readonly members: readonly Member[]; readonly end: number } {
  const members: Member[] = [];
  const found = [...text.slice(start).matchAll(token)].map(({ 0: part, index }) => ({ part, at: start + index }));
  let depth = 0;
  let key = "";
  let from = -1;
  let last = 0;
  for (const [index, { part, at }] of found.entries()) {
    const isEnd = depth === 1 && (part === "," || part === "}");
    if (isEnd && from !== -1) {
      members.push({ key, from, to: last });
      from = -1;
    }
    if (part === "}" || part === "]") depth -= 1;
    if (depth === 0 && part === "}") return { members, end: at };
    if (depth === 1 && part === ":" && from === -1) {
      key = JSON.parse(found[index - 1]?.part ?? '""');
      from = found[index + 1]?.at ?? at;
    }
    if (part === "{" || part === "[") depth += 1;
    last = at + part.length;
  }
  return { members, end: text.length };
}

/** What lines are indented with: that of the first that is. */
function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

/** Adds a member at the end of an object, on a line of its own where its others have one. */
function added(text: string, start: number, member: string, depth: number): string {
  const { members, end } = membersOf(text, start);
  const last = members.at(-1);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const isLong = text.slice(start, end).includes("\n");
  if (last === undefined) return `${text.slice(0, start)}{ ${member} }${text.slice(end + 1)}`;
  const between = isLong ? `,${newline}${indentOf(text).repeat(depth)}` : ", ";
  return text.slice(0, last.to) + between + member + text.slice(last.to);
}

/**
 * Writes how many workers to run into the text of a package.json, as `"kiln": { "workers": ... }`.
 *
 * @param text a JSON object
 * @returns the text with nothing else changed
 */
export function withWorkers(text: string, workers: number): string {
  const root = text.indexOf("{");
  const kiln = membersOf(text, root).members.findLast(({ key }) => key === "kiln");
  if (kiln === undefined) return added(text, root, `"kiln": { "workers": ${workers} }`, 1);
  if (text[kiln.from] !== "{") {
    return `${text.slice(0, kiln.from)}{ "workers": ${workers} }${text.slice(kiln.to)}`;
  }
  const recorded = membersOf(text, kiln.from).members.findLast(({ key }) => key === "workers");
  if (recorded === undefined) return added(text, kiln.from, `"workers": ${workers}`, 2);
  return text.slice(0, recorded.from) + String(workers) + text.slice(recorded.to);
}
