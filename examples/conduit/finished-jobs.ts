import { job } from "kilnjs";
import { sql } from "kysely";
import { type Database, transaction } from "./db.ts";

/**
 * Whether the job has not done its work yet. Asked in the transaction that does the work: an attempt that was cut off
 * before its commit leaves nothing behind, and one that was cut off after it is known by this row.
 */
export async function isFirstRun(tx: Database, jobId: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("finishedJobs")
    .values({ id: jobId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** No job is tried again after a month. */
export const forgetFinishedJobs = job(
  "forget-finished-jobs",
  { cron: "30 3 * * *", catchUp: true, needs: { transaction } },
  async ({ transaction }) => {
    await transaction
      .deleteFrom("finishedJobs")
      .where("finishedAt", "<", sql<Date>`now() - interval '30 days'`)
      .execute();
  },
);
