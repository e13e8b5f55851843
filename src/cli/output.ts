/**
 * Ends a command that only prints: its text goes out whole, then the process ends, whatever timers or connections the
 * user's modules have opened on import.
 */
export async function finish(text: string, exitCode = 0): Promise<never> {
  // A reader that has seen enough, as `head` has, closes the pipe; without a listener that is an error that nobody caught.
  process.stdout.on("error", () => {});
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  process.exit(exitCode);
}
