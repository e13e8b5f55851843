/** The app of the soak: routes that enqueue, in a transaction or not, and jobs that write down each of their runs. */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type App, batchJob, body, defineSettings, type HttpErrorClass, httpError, type Job, job, kiln } from "kilnjs";
import { type Postgres, type PostgresPool, postgres } from "kilnjs/postgres";
import { z } from "zod";

const settings = defineSettings({ databaseUrl: z.string() });
const db: Postgres = postgres({ settings }, ({ settings }) => ({ url: settings.databaseUrl, max: 10 }));

const Work = z.object({ key: z.string(), milliseconds: z.number() });
type Work = z.output<typeof Work>;
// Killed workers and a database that goes away count as attempts, and there are many of both.
const retry = { limit: 100, delay: 0, backoff: false } as const;

interface Item {
  readonly id: string;
  readonly attempt: number;
  readonly payload: Work;
}

/** Writes down that runs begin, does their work, writes down that they have ended. */
async function recorded(pool: PostgresPool, items: readonly Item[], signal: AbortSignal): Promise<void> {
  const runs = items.map(() => randomUUID());
  await pool.query(
    `insert into soak_runs (run, job, key, attempt, pid, begun)
     select run, job, key, attempt, $5, $6 from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[])
       as given (run, job, key, attempt)`,
    [
      runs,
      items.map(({ id }) => id),
      items.map(({ payload }) => payload.key),
      items.map(({ attempt }) => attempt),
      process.pid,
      Date.now(),
    ],
  );
  await wait(Math.max(...items.map(({ payload }) => payload.milliseconds)), undefined, { signal });
  await pool.query("update soak_runs set ended = $2 where run = any($1::uuid[])", [runs, Date.now()]);
}

const single: Job<typeof Work> = job(
  "single",
  { payload: Work, needs: { pool: db.pool }, retry },
  ({ pool, signal, id, attempt, payload }) => recorded(pool, [{ id, attempt, payload }], signal),
);
const returning: Job<typeof Work, z.ZodString> = job(
  "returning",
  { payload: Work, needs: { pool: db.pool }, retry, returns: z.string() },
  async ({ pool, signal, id, attempt, payload }) => {
    await recorded(pool, [{ id, attempt, payload }], signal);
    return payload.key;
  },
);
const batched: Job<typeof Work> = batchJob(
  "batched",
  { payload: Work, needs: { pool: db.pool }, retry, batch: 10 },
  ({ pool, signal, items }) => recorded(pool, items, signal),
);

const Order = z.object({ work: Work, job: z.enum(["single", "returning", "batched"]) });

const RolledBack: HttpErrorClass<409, "rolled_back"> = httpError(409, "rolled_back", "As it was asked for");

/** What the soak starts as a web process and as workers. */
export const app: App = kiln({
  title: "Soak",
  settings,
  jobs: { list: [single, returning, batched] },
  logging: { level: "info" },
});

app.post(
  "/alone",
  { needs: { order: body(Order), single, returning, batched }, accessLog: false },
  ({ order, ...jobs }) => jobs[order.job](order.work),
);

const Deal = Order.extend({ rollBack: z.boolean() });
app.post(
  "/together",
  { needs: { order: body(Deal), tx: db.transaction, single, returning, batched }, accessLog: false },
  async ({ order, tx, ...jobs }) => {
    await tx.query("insert into soak_orders (key) values ($1)", [order.work.key]);
    const id = await jobs[order.job](order.work, { tx });
    if (order.rollBack) throw new RolledBack();
    return id;
  },
);
