import type { EmbeddedServer } from "../integrations/postgres/embedded/server.ts";

/** Holds embedded databases that the app uses, so that they go on running while the app is started again. */
export interface DatabaseLeases {
  hold(folder: string): void;
  /** Gives all of them back, and waits until those that nobody else uses have stopped. */
  release(): Promise<void>;
}

/** Starts with none. */
export function createDatabaseLeases(): DatabaseLeases {
  const held = new Map<string, Promise<EmbeddedServer | undefined>>();

  async function acquire(folder: string): Promise<EmbeddedServer | undefined> {
    try {
      const { acquireEmbeddedServer } = await import("../integrations/postgres/embedded/server.ts");
      return await acquireEmbeddedServer(folder, { linger: 0 });
    } catch {
      // The app uses the same server and says itself what is wrong with it.
      held.delete(folder);
      return undefined;
    }
  }

  return {
    hold: (folder) => {
      if (!held.has(folder)) held.set(folder, acquire(folder));
    },
    release: async () => {
      const servers = await Promise.all(held.values());
      held.clear();
      await Promise.all(servers.map((server) => server?.release()));
    },
  };
}
