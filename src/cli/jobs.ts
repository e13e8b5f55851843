import { openJobs } from "../app/job-admin.ts";
import { KilnError } from "../errors/kiln-error.ts";
import type { JobAdmin, JobChoice, JobState } from "../jobs/admin.ts";
import { countsText, jobsText, listText, scheduleText, showText } from "./jobs-text.ts";
import { loadRecord } from "./load-app.ts";
import { finish } from "./output.ts";

/** What every `kiln jobs` command may be told. */
export interface JobsCommand {
  readonly entry?: string;
  readonly json?: boolean;
}

/** Which jobs are listed. */
export interface ListCommand extends JobsCommand {
  readonly name?: string;
  readonly state?: JobState;
  readonly limit?: number;
  readonly before?: Date | string;
}

/** Which jobs are changed, where it is not by their ids. */
export interface ChangeCommand extends JobsCommand {
  readonly name?: string;
  readonly state?: JobState;
}

/** What of the clock is shown or set off. */
export interface ScheduleCommand extends JobsCommand {
  readonly next?: number;
  readonly run?: string;
}

/** What a command prints. */
interface Outcome {
  readonly text: string;
  /** The same for `--json`. */
  readonly data: unknown;
  /** Whether nothing matched what was asked for. */
  readonly nothing?: boolean;
}

const exitCodes = { done: 0, nothing: 2 } as const;

function mistake(what: string, why: string, fix: string): KilnError {
  return new KilnError("KILN_CLI_JOBS", { where: "kiln jobs", what, why, fix });
}

function checkName(name: string | undefined, names: readonly string[]): void {
  if (name === undefined || names.includes(name)) return;
  throw mistake(name, "is no job of this app", `Use one of ${names.join(", ")}`);
}

async function act(
  { entry, json = false, name }: JobsCommand & { readonly name?: string },
  work: (jobs: JobAdmin) => Promise<Outcome>,
): Promise<void> {
  const { admin, names, close } = await openJobs(await loadRecord(entry));
  let outcome: Outcome;
  try {
    checkName(name, names);
    outcome = await work(admin);
  } finally {
    await close();
  }
  const { text, data, nothing = false } = outcome;
  await finish(json ? `${JSON.stringify(data, null, 2)}\n` : text, nothing ? exitCodes.nothing : exitCodes.done);
}

/** `kiln jobs`: how many there are, by name and state. */
export function counts(command: JobsCommand): Promise<void> {
  return act(command, async (jobs) => {
    const data = await jobs.counts();
    return { text: countsText(data), data };
  });
}

/** `kiln jobs list` */
export function list({ name, state, limit, before, ...command }: ListCommand): Promise<void> {
  const filter = {
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { state }),
    ...(limit === undefined ? {} : { limit }),
    ...(before === undefined ? {} : { before }),
  };
  return act({ ...command, ...filter }, async (jobs) => {
    const data = await jobs.list(filter);
    return { text: listText(data), data };
  });
}

/** `kiln jobs show <id>` */
export function show(id: string, command: JobsCommand): Promise<void> {
  return act(command, async (jobs) => {
    const data = await jobs.show(id);
    if (data === undefined) return { text: jobsText(0, ""), data: null, nothing: true };
    return { text: showText(data), data };
  });
}

function choiceOf(ids: readonly string[], { name, state }: ChangeCommand, fallback: JobState | undefined): JobChoice {
  if (name === undefined && ids.length > 0) {
    if (state === undefined) return { ids };
    throw mistake("--state", "says nothing beside ids", "Leave it out, or name a job: --name send-welcome");
  }
  if (name === undefined || ids.length > 0) {
    throw mistake(
      ids.length > 0 ? "--name" : "jobs",
      ids.length > 0 ? "stands beside ids, and one of them decides" : "are not chosen",
      "Write ids, or --name with --state",
    );
  }
  const wanted = state ?? fallback;
  return wanted === undefined ? { name } : { name, state: wanted };
}

async function change(
  command: ChangeCommand,
  choice: JobChoice,
  verb: "retry" | "cancel" | "purge",
  words: string,
): Promise<void> {
  await act(command, async (jobs) => {
    const count = await jobs[verb](choice);
    return { text: jobsText(count, words), data: { count }, nothing: count === 0 };
  });
}

/** `kiln jobs retry`: by name, the failed ones unless it is told otherwise. */
export async function retry(ids: readonly string[], command: ChangeCommand): Promise<void> {
  await change(command, choiceOf(ids, command, "failed"), "retry", "will run again");
}

/** `kiln jobs cancel` */
export async function cancel(ids: readonly string[], command: ChangeCommand): Promise<void> {
  await change(command, choiceOf(ids, command, undefined), "cancel", "cancelled");
}

/** `kiln jobs purge`: by name only with a state, so that nothing that waits is deleted by accident. */
export async function purge(ids: readonly string[], command: ChangeCommand): Promise<void> {
  if (command.name !== undefined && command.state === undefined) {
    throw mistake(
      "--name",
      "alone would delete the jobs that wait, too",
      "Say which: --state done, failed, cancelled, waiting or delayed",
    );
  }
  await change(command, choiceOf(ids, command, undefined), "purge", "deleted");
}

/** `kiln jobs schedule` */
export function schedule({ next = 3, run, ...command }: ScheduleCommand): Promise<void> {
  return act({ ...command, ...(run === undefined ? {} : { name: run }) }, async (jobs) => {
    if (run !== undefined) {
      const id = await jobs.trigger(run);
      if (id === undefined) return { text: `${run} is there already\n`, data: null, nothing: true };
      return { text: `${run} enqueued: ${id}\n`, data: { id } };
    }
    const data = await jobs.schedule(next);
    return { text: scheduleText(data), data };
  });
}
