import type { Provider } from "../contract/provider.ts";
import { declaredBy, resolveDeclared } from "./define-settings.ts";
import { descriptionOf, mayBeAbsent } from "./introspect.ts";
import { problemLine } from "./problem.ts";
import type { Resolved } from "./resolve.ts";
import { shownValue } from "./show.ts";
import { environmentOf, type LoadSettingsOptions } from "./sources.ts";
import { typeLabel } from "./type-label.ts";

/** A setting as people see it; nothing in it is secret. */
export interface SettingRow {
  /** The name in code and in `settings.toml`. */
  readonly key: string;
  /** The name in the environment. */
  readonly envName: string;
  /** What the value must be, in a few words. */
  readonly type: string;
  /** The value on one line, secrets as `***`; empty when there is none or when it is wrong. */
  readonly value: string;
  /** Where the value comes from, `default`, or `not set`. */
  readonly origin: string;
  readonly description: string;
  readonly required: boolean;
  /** What is wrong with this setting; empty when nothing is. */
  readonly problems: readonly string[];
}

/** The settings of one environment. */
export interface SettingsReport {
  readonly environment: string;
  readonly rows: readonly SettingRow[];
  /** Every problem, those of whole files and groups included; the app starts only when there are none. */
  readonly problems: readonly string[];
}

/**
 * Says what every setting is and where it comes from. Does not throw for missing or wrong settings.
 *
 * @param settings what `defineSettings` gave
 * @param options the environment's name, and where to look
 */
export async function describeSettings(
  settings: Provider<unknown>,
  options: LoadSettingsOptions = {},
): Promise<SettingsReport> {
  const resolution = await resolveDeclared(declaredBy(settings), options);
  return {
    environment: environmentOf(options),
    rows: resolution.settings.map(rowOf),
    problems: resolution.problems.map(problemLine),
  };
}

function rowOf({ leaf, value, origin, problems }: Resolved): SettingRow {
  return {
    key: leaf.key,
    envName: leaf.envName,
    type: typeLabel(leaf.schema),
    value: shownValue(value, leaf.secret),
    origin,
    description: descriptionOf(leaf.schema) ?? "",
    required: !mayBeAbsent(leaf.schema),
    problems: problems.map(problemLine),
  };
}

const widest = 48;

/**
 * The rows as a table of plain text, for a terminal.
 *
 * @param rows what `describeSettings` gave
 * @returns lines with a newline after each
 */
export function renderSettingsTable(rows: readonly SettingRow[]): string {
  const cells = rows.map((row) => [row.envName, shortened(shownState(row)), row.origin, row.type, row.description]);
  const table = [["NAME", "VALUE", "FROM", "TYPE", "DESCRIPTION"], ...cells];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function shownState({ value, problems, required, origin }: SettingRow): string {
  if (problems.length > 0) return required && origin === "not set" ? "(missing)" : "(wrong)";
  return value === "" ? "-" : value;
}

function shortened(text: string): string {
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}
