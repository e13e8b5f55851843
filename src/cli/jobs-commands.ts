import { type Command, InvalidArgumentError, Option } from "commander";
import type { JobState } from "../jobs/admin.ts";
import { useCompileCache } from "./compile-cache.ts";
import type { ChangeCommand, JobsCommand, ListCommand, ScheduleCommand } from "./jobs.ts";
import { wholeNumber } from "./start-options.ts";

const states: readonly JobState[] = ["waiting", "delayed", "running", "done", "failed", "cancelled"];

function dateOrId(text: string): Date | string {
  if (/^[0-9a-f]{8}-/i.test(text)) return text;
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("It must be the id of a job, or a date such as 2026-01-31T12:00:00Z.");
}

function stateOption(which: readonly JobState[]): Option {
  return new Option("--state <state>", "only those in this state").choices(which);
}

/**
 * Adds `kiln jobs` and what stands below it.
 *
 * @param program the command line
 * @param entryHelp what an entry is
 */
export function addJobs(program: Command, entryHelp: string): void {
  // The module loads the app's layers, so it is loaded by what runs only.
  const load = (): Promise<typeof import("./jobs.ts")> => import("./jobs.ts");
  const common = (command: Command): Command =>
    command.option("-e, --entry <module>", entryHelp).option("--json", "as JSON").hook("preAction", useCompileCache);
  const jobs = common(program.command("jobs"))
    .description("show how many jobs wait, run and have failed; exits with 2 when nothing matches what is asked for")
    .action(async (options: JobsCommand) => (await load()).counts(options));
  const named = (name: string, description: string, which: readonly JobState[]): Command =>
    common(jobs.command(name).description(description))
      .option("-n, --name <job>", "only those of this name")
      .addOption(stateOption(which));
  named("list", "list jobs, newest first", states)
    .option("-l, --limit <number>", "at most so many (default: 50)", wholeNumber(1))
    .option(
      "--before <id or date>",
      "only those that were enqueued before; the last one of a page for the next",
      dateOrId,
    )
    .action(async (_: unknown, command: Command) => (await load()).list(command.optsWithGlobals<ListCommand>()));
  common(jobs.command("show").argument("<id>").description("show everything about one job")).action(
    async (id: string, _: unknown, command: Command) => (await load()).show(id, command.optsWithGlobals<JobsCommand>()),
  );
  const changes = [
    ["retry", "let failed jobs run again: ids, or --name", ["failed", "cancelled"]],
    ["cancel", "take waiting jobs away and abort running ones: ids, or --name", ["waiting", "delayed", "running"]],
    ["purge", "delete jobs that do not run: ids, or --name with --state", states.filter((each) => each !== "running")],
  ] as const;
  for (const [name, description, which] of changes) {
    named(name, description, which)
      .argument("[id...]")
      .action(async (ids: string[], _: unknown, command: Command) =>
        (await load())[name](ids, command.optsWithGlobals<ChangeCommand>()),
      );
  }
  common(jobs.command("schedule").description("list what the clock enqueues, and when next"))
    .option("--next <number>", "how many moments of each (default: 3)", wholeNumber(1))
    .option("--run <job>", "enqueue this one now instead")
    .action(async (_: unknown, command: Command) =>
      (await load()).schedule(command.optsWithGlobals<ScheduleCommand>()),
    );
}
