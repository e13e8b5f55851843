import { type App, type Enqueue, type Job, job, kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
import { z } from "zod";
import { concurrency, type Open } from "./contender.ts";

const Payload = z.object({ n: z.int() });

/** Kiln as it is in production, log lines included. */
export const open: Open = async (url) => {
  let run: (n: number) => void = () => undefined;
  const db = postgres({ url });
  const make = (onReady: (enqueue: Enqueue<typeof Payload>) => void): App => {
    const work: Job<typeof Payload> = job("work", { payload: Payload, needs: { pool: db.pool } }, ({ payload }) =>
      run(payload.n),
    );
    const app = kiln({ title: "Kiln", jobs: { list: [work], concurrency, connections: 10 } });
    // The function that enqueues is what a handler gets.
    app.get("/", { needs: { work } }, ({ work }) => onReady(work));
    return app;
  };
  const { promise, resolve } = Promise.withResolvers<Enqueue<typeof Payload>>();
  const web = await make(resolve).listen({ port: 0, host: "127.0.0.1", jobs: false, signals: false });
  await fetch(web.url);
  const enqueue = await promise;
  let worker: { close(): Promise<void> } | undefined;
  return {
    enqueue: (n) => enqueue({ n }),
    work: async (onJob) => {
      run = onJob;
      worker = await make(() => undefined).listen({ port: 0, host: "127.0.0.1", jobs: true, signals: false });
    },
    close: async () => {
      await worker?.close();
      await web.close();
    },
  };
};
