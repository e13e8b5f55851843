import type { Provider } from "../contract/provider.ts";
import { renderEnvExample } from "./env-example.ts";

/** Whether `.env.example` says what the schema says. */
export interface EnvExampleCheck {
  readonly current: boolean;
  /** One line each: what is missing from the file, and what should not be there. */
  readonly differences: readonly string[];
}

/**
 * Compares the text of `.env.example` with what the schema would write. Lines that should not be there are named, not
 * quoted: someone may have put a real secret into the file.
 *
 * @param settings what `defineSettings` gave
 * @param text the file
 */
export function checkEnvExample(settings: Provider<unknown>, text: string): EnvExampleCheck {
  const expected = renderEnvExample(settings).split("\n");
  const actual = text.replaceAll("\r\n", "\n").split("\n");
  const differences = compare(expected, actual);
  return { current: differences.length === 0, differences };
}

/** Walks both along their longest common run of lines. */
function compare(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const common = commonLengths(expected, actual);
  const lengthAt = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const differences: string[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < actual.length) {
    if (i < expected.length && j < actual.length && expected[i] === actual[j]) {
      i++;
      j++;
    } else if (j >= actual.length || (i < expected.length && lengthAt(i + 1, j) >= lengthAt(i, j + 1))) {
      differences.push(`line ${j + 1}: missing: ${expected[i] || "(an empty line)"}`);
      i++;
    } else {
      differences.push(`line ${j + 1}: not expected: ${named(actual[j] ?? "")}`);
      j++;
    }
  }
  return differences;
}

/** `[i][j]` is the length of the longest common subsequence of what follows `i` in one and `j` in the other. */
function commonLengths(expected: readonly string[], actual: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: expected.length + 1 }, () => new Array<number>(actual.length + 1).fill(0));
  for (let i = expected.length - 1; i >= 0; i--) {
    for (let j = actual.length - 1; j >= 0; j--) {
      const row = lengths[i] ?? [];
      const below = lengths[i + 1] ?? [];
      row[j] = expected[i] === actual[j] ? 1 + (below[j + 1] ?? 0) : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

function named(line: string): string {
  if (line === "") return "(an empty line)";
  const name = /^#?(?:export )?([A-Za-z_][A-Za-z0-9_]*)=/.exec(line)?.[1];
  if (name !== undefined) return `${name}=…`;
  return line.startsWith("#") ? "a comment" : "a line that is no assignment";
}
