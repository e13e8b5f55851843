import { Logger, makeWorkerUtils, type Runner, run } from "graphile-worker";
import { concurrency, type Open } from "./contender.ts";

const logger = new Logger(() => () => undefined);

export const open: Open = async (url) => {
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  await utils.migrate();
  let runner: Runner | undefined;
  return {
    enqueue: (n) => utils.addJob("work", { n }),
    work: async (onJob) => {
      runner = await run({
        connectionString: url,
        concurrency,
        logger,
        noHandleSignals: true,
        // Only `enqueue` above adds jobs.
        taskList: { work: (payload) => onJob((payload as { n: number }).n) },
      });
    },
    close: async () => {
      await runner?.stop();
      await utils.release();
    },
  };
};
