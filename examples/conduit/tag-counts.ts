import { job } from "kilnjs";
import { sql } from "kysely";
import { type Database, transaction } from "./db.ts";

/** Counts anew; whoever reads meanwhile sees the old counts. */
export async function recount(tx: Database): Promise<void> {
  // Two counts at once would both insert.
  await sql`lock table tag_counts in share row exclusive mode`.execute(tx);
  await tx.deleteFrom("tagCounts").execute();
  await tx
    .insertInto("tagCounts")
    .columns(["tag", "articles"])
    .expression((eb) =>
      eb
        .selectFrom("articleTags")
        .select(["tag", sql<number>`count(*)::integer`.as("articles")])
        .groupBy("tag"),
    )
    .execute();
}

/** The tags with the most articles as they were last counted. */
export function listTagCounts(db: Database) {
  return db.selectFrom("tagCounts").selectAll().orderBy("articles", "desc").orderBy("tag").limit(100).execute();
}

/** Every night at three; a night without a worker is made up for. */
export const recountTags = job(
  "recount-tags",
  { cron: "0 3 * * *", catchUp: true, needs: { transaction } },
  ({ transaction }) => recount(transaction),
);
