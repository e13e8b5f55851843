import type { Line, MonitorLogging } from "./messages.ts";

/**
 * Writes a line from this thread, as the app's logger would. The lines of the turn that blocks are still in the main
 * thread's memory, so this one comes before them.
 */
export async function writeLine(options: MonitorLogging, requestId: string | undefined, line: Line): Promise<void> {
  // Few processes ever need it.
  const { createLogger } = await import("../../logging/create-logger.ts");
  const log = createLogger(options);
  const scoped = requestId === undefined ? log : log.forRequest(requestId);
  scoped.warn(line.fields, line.message);
  await log.close();
}
