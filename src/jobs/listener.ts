import type { Logger } from "../logging/logger.ts";
import type { DatabaseClient, JobDatabase } from "./database.ts";
import type { Listen } from "./queue.ts";

/** Hears what is notified on channels of the database, over one connection that comes back when it is lost. */
export interface Listener {
  readonly listen: Listen;
  close(): Promise<void>;
}

interface Ear {
  readonly hear: (payload: string) => void;
  readonly again: () => void;
}

const firstPause = 100;
const longestPause = 5_000;

/**
 * Makes a listener; it connects when the first channel is listened to.
 *
 * @param database whose notifications
 * @param log gets a line when the connection is lost, and one when it is back
 */
export function createListener(database: JobDatabase, log: Logger): Listener {
  const ears = new Map<string, Ear>();
  let client: DatabaseClient | undefined;
  let connecting: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = firstPause;
  let closed = false;

  const lost = (from: DatabaseClient): void => {
    if (from !== client) return;
    client = undefined;
    from.end().catch(() => undefined);
    if (closed) return;
    log.warn("job_listener_lost");
    reconnect();
  };

  const reconnect = (): void => {
    timer = setTimeout(() => {
      connect().then(
        () => {
          log.info("job_listener_back");
          // What was notified meanwhile has been missed.
          for (const ear of ears.values()) ear.again();
        },
        () => reconnect(),
      );
    }, pause);
    timer.unref();
    pause = Math.min(pause * 2, longestPause);
  };

  const open = async (): Promise<void> => {
    const opened = database.client();
    opened.on("error", () => lost(opened));
    opened.on("end", () => lost(opened));
    opened.on("notification", ({ channel, payload = "" }) => ears.get(channel)?.hear(payload));
    try {
      await opened.connect();
      for (const channel of ears.keys()) await opened.query(`listen "${channel}"`);
    } catch (error) {
      opened.end().catch(() => undefined);
      throw error;
    }
    if (closed) return void opened.end();
    client = opened;
    pause = firstPause;
  };
  const connect = (): Promise<void> => {
    connecting ??= open().finally(() => {
      connecting = undefined;
    });
    return connecting;
  };

  return {
    listen: async (channel, hear, again) => {
      ears.set(channel, { hear, again });
      await connecting;
      if (client === undefined) await connect();
      else await client.query(`listen "${channel}"`);
      return {
        close: async () => {
          ears.delete(channel);
        },
      };
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await connecting?.catch(() => undefined);
      await client?.end().catch(() => undefined);
    },
  };
}
