// What the compiler says of jobs: payloads fit their schema, in either form, and handlers get what is declared.
import { batchJob, datetime, type Enqueue, job, kiln, resource } from "kilnjs";
import { z } from "zod";

const mailer = resource({}, function* mailer() {
  yield { send: (to: string): void => void to };
});
const Payload: z.ZodObject<{ to: z.ZodString; at: ReturnType<typeof datetime>; n: z.ZodDefault<z.ZodInt> }> = z.object({
  to: z.string(),
  at: datetime(),
  n: z.int().default(1),
});

const send = job("send", { payload: Payload, needs: { mailer } }, (run) => {
  run.mailer.send(run.payload.to);
  const at: Date = run.payload.at;
  const n: number = run.payload.n;
  run.progress(n, at.toISOString());
  // @ts-expect-error it was not declared
  run.database;
  // @ts-expect-error no part of the payload
  run.payload.subject;
});

declare const enqueue: Enqueue<typeof Payload>;
await enqueue({ to: "a", at: new Date(), n: 2 });
await enqueue({ to: "a", at: "2026-01-02T03:04:05Z" });
await enqueue({ to: "a", at: new Date(), n: 2 }, { delay: "2h", priority: 1, group: "g" });
// @ts-expect-error the payload is missing
await enqueue();
// @ts-expect-error the recipient is missing
await enqueue({ at: new Date(), n: 1 });
// @ts-expect-error a recipient is text
await enqueue({ to: 7, at: new Date(), n: 1 });
// @ts-expect-error no duration
await enqueue({ to: "a", at: new Date(), n: 1 }, { delay: "soon" });
// @ts-expect-error no such option
await enqueue({ to: "a", at: new Date(), n: 1 }, { retries: 1 });

declare const bare: Enqueue<z.ZodUndefined>;
await bare();
// @ts-expect-error it takes nothing
await bare({ to: "a" });

const app = kiln({ title: "types", jobs: [send] });
app.post("/", { needs: { send } }, async ({ send }) => {
  const id: string = await send({ to: "a", at: new Date(), n: 1 });
  // @ts-expect-error wrong in a handler too
  await send({ to: "a", at: 7 });
  return id;
});
// @ts-expect-error no job
kiln({ title: "types", jobs: [() => 1] });

job("counted", { returns: z.object({ rows: z.int() }) }, () => ({ rows: 1 }));
// @ts-expect-error what is returned does not fit
job("counted", { returns: z.object({ rows: z.int() }) }, () => ({ rows: "1" }));
// @ts-expect-error nothing is returned
job("counted", { returns: z.object({ rows: z.int() }) }, () => {});
// @ts-expect-error the clock's payload does not fit
job("timed", { payload: z.object({ n: z.int() }), cron: "0 3 * * *", cronPayload: { n: "1" } }, () => {});
// @ts-expect-error no duration
job("slow", { timeout: "1 hour" }, () => {});
// @ts-expect-error no such policy
job("one", { singleton: "always" }, () => {});

batchJob("many", { batch: 10, payload: z.object({ n: z.int() }) }, ({ items }) => {
  for (const { payload, fail } of items) if (payload.n < 0) fail(new Error("negative"));
  // @ts-expect-error one call is for many
  items.payload;
});
// @ts-expect-error how many
batchJob("many", { payload: z.int() }, () => {});
