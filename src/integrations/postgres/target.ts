import { log } from "../../index.ts";
import { cloneDatabase, createDatabase, type DatabaseServer, prepareTemplate } from "./databases.ts";
import { acquireEmbeddedServer } from "./embedded/server.ts";
import { isEmbedded, parseEmbedded, refuseInProduction } from "./embedded/url.ts";
import { type Migration, migrate, migrationsKey } from "./migrations.ts";
import { type PostgresOptions, poolSettings, urlText } from "./options.ts";
import { opensForTest } from "./test-databases.ts";

/** A database that is there and up to date, with what has to be given back when it is closed. */
export interface Target {
  readonly url: string;
  close(): Promise<void>;
}

interface Place {
  readonly server: DatabaseServer;
  readonly database: string | undefined;
  release(): Promise<void>;
}

/** Finds, starts or copies the database that the options name, and migrates it. */
export async function openTarget(options: PostgresOptions, migrations: readonly Migration[]): Promise<Target> {
  const place = await openPlace(options);
  try {
    return opensForTest() ? await testTarget(place, migrations) : await plainTarget(place, options, migrations);
  } catch (error) {
    await place.release();
    throw error;
  }
}

async function openPlace(options: PostgresOptions): Promise<Place> {
  const url = urlText(options.url);
  if (!isEmbedded(url)) return { server: serverOf(url), database: undefined, release: async () => {} };
  const target = parseEmbedded(url);
  refuseInProduction(url, options.allowEmbeddedInProduction === true || target.allowInProduction);
  const server = await acquireEmbeddedServer(target.folder, { log: (message) => log.info(message) });
  return { server, database: target.database, release: () => server.release() };
}

/** The server of a `postgres://` URL. */
function serverOf(url: string): DatabaseServer {
  return {
    url: (database) => {
      if (database === undefined) return url;
      const other = new URL(url);
      other.pathname = `/${encodeURIComponent(database)}`;
      return other.href;
    },
  };
}

async function plainTarget(place: Place, options: PostgresOptions, migrations: readonly Migration[]): Promise<Target> {
  const { server, database, release } = place;
  if (database !== undefined) await createDatabase(server, database);
  const url = server.url(database);
  // A server that takes connections and says nothing would keep the start waiting for ever.
  if (migrations.length > 0) await migrate(url, migrations, poolSettings(options).acquireTimeout);
  return { url, close: release };
}

async function testTarget({ server, release }: Place, migrations: readonly Migration[]): Promise<Target> {
  const template = await prepareTemplate(server, migrationsKey(migrations), async (url) => {
    if (migrations.length > 0) await migrate(url, migrations);
  });
  const copy = await cloneDatabase(server, template);
  return {
    url: copy.url,
    close: async () => {
      try {
        await copy.drop();
      } finally {
        await release();
      }
    },
  };
}
