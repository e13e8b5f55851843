import { Queue, Worker } from "bullmq";
import { concurrency, type Open } from "./contender.ts";

/** BullMQ on a Redis that writes every command to its file, and to the disk each second. */
export const open: Open = async (url) => {
  const { port, pathname } = new URL(url);
  const connection = { host: "127.0.0.1", port: Number(port), db: Number(pathname.slice(1)) };
  const queue = new Queue<{ n: number }>("work", { connection });
  let worker: Worker<{ n: number }> | undefined;
  return {
    enqueue: (n) => queue.add("work", { n }),
    work: async (onJob) => {
      worker = new Worker("work", async ({ data }) => onJob(data.n), {
        connection: { ...connection, maxRetriesPerRequest: null },
        concurrency,
      });
      await worker.waitUntilReady();
    },
    close: async () => {
      await worker?.close();
      await queue.close();
    },
  };
};
