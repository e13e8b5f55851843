import { PgBoss } from "pg-boss";
import { concurrency, type Open } from "./contender.ts";

/** pg-boss alone, each job by itself: ten loops that take one, run it and settle it. */
export const open: Open = async (url) => {
  const boss = new PgBoss({ connectionString: url });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue("work");
  let closed = false;
  const loops: Promise<void>[] = [];
  return {
    enqueue: (n) => boss.send("work", { n }),
    work: async (onJob) => {
      const loop = async (): Promise<void> => {
        while (!closed) {
          const [job] = await boss.fetch<{ n: number }>("work");
          if (job === undefined) {
            await new Promise((resolve) => setTimeout(resolve, 500));
            continue;
          }
          onJob(job.data.n);
          await boss.complete("work", job.id);
        }
      };
      for (let i = 0; i < concurrency; i++) loops.push(loop());
    },
    close: async () => {
      closed = true;
      await Promise.all(loops);
      await boss.stop({ graceful: false });
    },
  };
};
