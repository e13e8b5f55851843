import { type App, body, defineSettings, GiveUp, type Job, job, kiln, resource } from "kilnjs";
import { type Postgres, postgres } from "kilnjs/postgres";
import { z } from "zod";

const settings = defineSettings({ databaseUrl: z.string() });
const db: Postgres = postgres({ settings }, ({ settings }) => ({ url: settings.databaseUrl }));

/** What looking after jobs has no business to open. */
const other = resource({}, async function* other() {
  if (process.env.OTHER === "closed") throw new Error("opened without need");
  yield new Map<string, string>();
});

const Charge = z.object({ order: z.int() });
const charge: Job<typeof Charge> = job(
  "charge",
  { payload: Charge, needs: { pool: db.pool, other } },
  async ({ payload, pool }) => {
    const { rows } = await pool.query("select from cards where valid");
    if (rows.length === 0) throw new GiveUp(`The card of order ${payload.order} was declined`);
  },
);
const count = job("count", { returns: z.object({ counted: z.int() }) }, () => ({ counted: 3 }));
const nightly = job("nightly", { cron: "0 3 * * *", timeZone: "Europe/Vienna", singleton: "queued" }, () => undefined);

/** An app whose jobs the tests look after from the command line. */
export const app: App = kiln({
  title: "Shop",
  settings,
  jobs: [charge, count, nightly],
  // A worker says when it is ready; in the process of the test nobody reads what it logs.
  logging: { level: process.env.NODE_TEST_CONTEXT === undefined ? "info" : "silent" },
});

app.post("/charge", { needs: { payload: body(Charge), charge } }, ({ payload, charge }) => charge(payload));
app.post("/count", { needs: { count } }, ({ count }) => count());
app.post("/count-later", { needs: { count } }, ({ count }) => count(undefined, { delay: "2h" }));
