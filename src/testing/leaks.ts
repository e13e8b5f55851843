import { KilnError } from "../errors/kiln-error.ts";
import type { CapturedLogs, LogLine } from "./captured-logs.ts";

function sentence(line: LogLine): string | undefined {
  switch (line.message) {
    case "request_cut_off":
      return `a request of ${String(line.route ?? "an unknown route")} had not ended`;
    case "background_tasks_cut_off":
      return `background task ${String(line.task)} had not ended`;
    case "job_cut_off":
    case "job_returned":
      return `job ${String(line.job)} had not ended`;
    case "resource_close_failed":
      return `resource ${String(line.resource)} failed to close: ${reasonOf(line)}`;
    case "resource_close_overdue":
      return `resource ${String(line.resource)} did not close within ${String(line.budget_ms)} ms`;
    case "plugin_close_failed":
      return `a plugin failed to close: ${reasonOf(line)}`;
    case "plugin_close_overdue":
      return "a plugin did not close in time";
    default:
      return undefined;
  }
}

function reasonOf({ err }: LogLine): string {
  return typeof err === "object" && err !== null && "message" in err ? String(err.message) : String(err);
}

/**
 * What a test left behind when its app was closed, told from the lines of the shutdown; undefined when it was nothing.
 *
 * @param logs all lines, those of the shutdown included
 * @param where the app, for the message
 */
export function leakError(logs: CapturedLogs, where: string): KilnError | undefined {
  const found = logs.lines.map(sentence).filter((text) => text !== undefined);
  if (found.length === 0) return undefined;
  return new KilnError("KILN_TEST_LEAK", {
    where,
    what: found.join("; "),
    why: "was left behind when the test app closed",
    fix: "Await every request, let streams and tasks end by their signal, and mend what fails to close",
  });
}
