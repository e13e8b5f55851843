import { PgBoss } from "pg-boss";
import { concurrency, type Open } from "./contender.ts";

/** pg-boss alone, in its fastest way: it takes ten at a time and settles them together. */
export const open: Open = async (url) => {
  const boss = new PgBoss({ connectionString: url, useListenNotify: true });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue("work", { notify: true });
  return {
    enqueue: (n) => boss.send("work", { n }),
    work: async (onJob) => {
      await boss.work<{ n: number }>("work", { batchSize: concurrency, burstWhenBatchFull: true }, async (jobs) => {
        for (const { data } of jobs) onJob(data.n);
      });
    },
    close: () => boss.stop({ graceful: false }),
  };
};
