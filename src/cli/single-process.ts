import { reopenLogFiles } from "../logging/sink.ts";

/** What a process without a supervisor makes of the signals that a supervisor would hear. */
export function hearSignals(): void {
  // Node would open a debugger instead.
  process.on("SIGUSR1", reopenLogFiles);
  // There is nobody who could take over, so what asks for a reload ends the process in order instead of at once.
  process.on("SIGHUP", () => process.kill(process.pid, "SIGTERM"));
}
