import { compileEncoder, type Encoded } from "../contract/encode.ts";
import type { JobDefinition } from "../contract/job-definition.ts";
import type { AmbientDefinition, RequestHead } from "../contract/provider.ts";
import { isThreadFunction } from "../contract/thread-function.ts";
import type { Graph } from "../inject/graph.ts";
import { type AppValues, compilePlan, type Plan } from "../inject/plan.ts";
import { type CleanUp, cleanUp, type Failure, type RequestScope } from "../inject/scope.ts";
import type { TraceCall } from "../inject/trace-call.ts";
import { runFor } from "../logging/context.ts";
import type { Logger } from "../logging/logger.ts";
import { GiveUp } from "./give-up.ts";
import { jobPlace } from "./needs.ts";
import { type PayloadCodec, PayloadMismatch, payloadCodec } from "./payload.ts";
import { isStorable } from "./storable.ts";

/** A job with everything that its runs are made from. */
export interface RunnableJob {
  readonly definition: JobDefinition;
  readonly plan: Plan;
  readonly codec: PayloadCodec;
  readonly encode: ((value: unknown) => Encoded | Promise<Encoded>) | undefined;
}

/** One job as it is handed to a run, its payload still as it was kept. */
export interface RunItem {
  readonly id: string;
  readonly attempt: number;
  readonly stored: unknown;
  readonly progress: (percent: number, note?: string) => void;
}

/** What a run came to for one job. `final` leaves no retry. */
export type RunEnd =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: unknown; readonly final: boolean };

/** What one run has of its own. */
export interface RunScene {
  readonly log: Logger;
  readonly requestId: string | undefined;
  readonly signal: AbortSignal;
}

/** Composes what a job's runs do, once when the app starts; `trace` follows the dependencies. */
export function runnable(definition: JobDefinition, graph: Graph, app: AppValues, trace?: TraceCall): RunnableJob {
  return {
    definition,
    plan: compilePlan(graph, (values) => values, app, undefined, trace),
    codec: payloadCodec(definition.payload, jobPlace(definition)),
    encode: definition.returns === undefined ? undefined : compileEncoder(definition.returns),
  };
}

const noHead: RequestHead = { headers: {}, cookies: {}, queryString: "" };

/** What stands in the place of a request while a job runs. */
class JobScope implements RequestScope {
  readonly head: RequestHead = noHead;
  readonly params: RequestScope["params"] = {};
  readonly query: RequestScope["query"] = {};
  readonly body: undefined;
  readonly contentType: undefined;
  readonly values: unknown[];
  readonly cleanups: CleanUp[] = [];
  ended: Failure | undefined;
  readonly #scene: RunScene;

  constructor(plan: Plan, scene: RunScene) {
    this.values = plan.initial.slice();
    this.#scene = scene;
  }

  ambient(name: AmbientDefinition["name"]): unknown {
    // The graph of a job holds no other, see needs.ts.
    return name === "signal" ? this.#scene.signal : this.#scene.log;
  }
}

async function encodeResult({ definition, encode }: RunnableJob, value: unknown): Promise<unknown> {
  if (encode === undefined) return undefined;
  const encoded = await encode(value);
  if (encoded.ok) {
    if (isStorable(encoded.text)) return JSON.parse(encoded.text);
    throw new GiveUp(`${jobPlace(definition)} returned text that PostgreSQL does not keep: U+0000 or half a character`);
  }
  const problems = encoded.issues.map(({ path, message }) => `${path.join(".") || "(the value)"}: ${message}`);
  throw new GiveUp(`${jobPlace(definition)} returned what its \`returns\` does not accept (${problems.join("; ")})`);
}

/** What every run hands over beside needs, and what each job of a batch. */
interface RunValues {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly progress?: unknown;
  readonly items?: readonly { readonly progress?: unknown; readonly fail?: unknown }[];
}

/** What of it can cross to a thread. Log and signal are there without being handed over. */
function crossing({ log: _log, signal: _signal, progress: _progress, items, ...data }: RunValues): object {
  if (items === undefined) return data;
  return { ...data, items: items.map(({ progress: _, fail: __, ...item }) => item) };
}

async function called(job: RunnableJob, scope: JobScope, values: RunValues): Promise<unknown> {
  const needs = (await job.plan.main(scope)) as object;
  // The definition keeps the function with its parameter erased; these are the needs it declared, and what every run has.
  const run = job.definition.run as (values: object) => unknown;
  const given = isThreadFunction(run) ? crossing(values) : values;
  return encodeResult(job, await run({ ...needs, ...given }));
}

/**
 * Runs a handler with its needs and their clean-ups.
 *
 * @returns what came of it; never throws
 */
async function handled(job: RunnableJob, scene: RunScene, values: object): Promise<RunEnd> {
  const { log, requestId, signal } = scene;
  const scope = new JobScope(job.plan, scene);
  // What opens after the signal has aborted is nobody's any more.
  signal.addEventListener("abort", () => {
    scope.ended = { error: signal.reason };
  });
  const suppressed = (error: unknown, name: string): void =>
    log.error({ err: error, provider: name }, "cleanup_failed");
  const activity = { kind: "job", log, name: job.definition.name, requestId, signal } as const;
  return runFor(activity, async () => {
    let result: unknown;
    let failure: Failure | undefined;
    try {
      result = await called(job, scope, { ...values, log, signal });
    } catch (error) {
      failure = { error };
    }
    failure = await cleanUp(scope.cleanups, failure, suppressed);
    return failure === undefined
      ? { ok: true, result }
      : { ok: false, error: failure.error, final: failure.error instanceof GiveUp };
  });
}

/** Runs one job. */
export async function runOne(job: RunnableJob, item: RunItem, scene: RunScene): Promise<RunEnd> {
  const { id, attempt, progress } = item;
  let payload: unknown;
  try {
    payload = await job.codec.read(item.stored);
  } catch (error) {
    return { ok: false, error, final: error instanceof PayloadMismatch };
  }
  return handled(job, scene, { payload, id, attempt, progress });
}

/** Runs many at once; those whose payload does not fit, and those that the handler gives up, fail by themselves. */
export async function runBatch(
  job: RunnableJob,
  items: readonly RunItem[],
  scene: RunScene,
): Promise<readonly RunEnd[]> {
  const ends = new Map<string, RunEnd>();
  const given: object[] = [];
  for (const { id, attempt, stored, progress } of items) {
    try {
      const payload = await job.codec.read(stored);
      const fail = (error: unknown): void => {
        ends.set(id, { ok: false, error, final: error instanceof GiveUp });
      };
      given.push({ payload, id, attempt, progress, fail });
    } catch (error) {
      ends.set(id, { ok: false, error, final: error instanceof PayloadMismatch });
    }
  }
  const rest =
    given.length === 0 ? { ok: true as const, result: undefined } : await handled(job, scene, { items: given });
  return items.map(({ id }) =>
    rest.ok ? (ends.get(id) ?? rest) : ends.get(id)?.ok === false ? (ends.get(id) as RunEnd) : rest,
  );
}
