import { writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { type App, body, defineSettings, type Job, job, jobAdmin, kiln, path } from "kilnjs";
import { type Postgres, postgres } from "kilnjs/postgres";
import { z } from "zod";

const settings = defineSettings({ databaseUrl: z.string() });
const db: Postgres = postgres({ settings }, ({ settings }) => ({ url: settings.databaseUrl }));

const Hold: z.ZodObject<{ milliseconds: z.ZodInt; block: z.ZodDefault<z.ZodBoolean> }> = z.object({
  milliseconds: z.int(),
  block: z.boolean().default(false),
});

/** Takes its time: it waits, or keeps the event loop from everything else. */
export const hold: Job<typeof Hold> = job(
  "hold",
  { payload: Hold, needs: { pool: db.pool }, retry: { limit: 3, delay: 0, backoff: false } },
  async ({ payload, id, attempt, signal, progress }) => {
    progress(10, "begun");
    // At once: a log line would wait for the event loop.
    writeSync(1, `holding ${id} attempt ${attempt}\n`);
    if (payload.block) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, payload.milliseconds);
    else await wait(payload.milliseconds, undefined, { signal });
  },
);

/** An app whose jobs tests run in processes that they end in every way. */
export const app: App = kiln({
  title: "Workers",
  settings,
  jobs: { list: [hold], concurrency: 1, heartbeat: 500 },
  shutdown: { grace: 1_500 },
});
app.post("/hold", { needs: { payload: body(Hold), hold } }, ({ payload, hold }) => hold(payload));
app.get("/jobs/:id", { needs: { id: path(z.string()), jobs: jobAdmin } }, async ({ id, jobs }) => jobs.show(id));
app.post("/jobs/:id/cancel", { needs: { id: path(z.string()), jobs: jobAdmin } }, ({ id, jobs }) =>
  jobs.cancel({ ids: [id] }),
);
