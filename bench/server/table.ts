import type { Outcome } from "./clients.ts";

/** How many requests failed, and how. */
export function failuresOf({ failures }: Outcome): string {
  const reasons = Map.groupBy(failures, ({ reason }) => reason);
  const counts = [...reasons].map(([reason, found]) => `${reason} ${found.length}`);
  return failures.length === 0 ? "0" : `${failures.length} (${counts.join(", ")})`;
}

/** The value below which so large a part of the figures lies. */
export function quantile(figures: readonly number[], part: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Prints rows below each other, the first being the heads. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
