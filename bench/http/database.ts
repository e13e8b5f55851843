// A PostgreSQL for the length of the bench, with the tables of all workloads.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { acquireEmbeddedServer, type EmbeddedServer } from "../../src/integrations/postgres/embedded/server.ts";

export interface Database {
  readonly url: string;
  readonly version: string;
  end(): Promise<void>;
}

/** The twelve of TechEmpower. */
const fortunes = [
  "fortune: No such file or directory",
  "A computer scientist is someone who fixes things that aren't broken.",
  "After enough decimal places, nobody gives a damn.",
  "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
  "A computer program does what you tell it to do, not what you want it to do.",
  "Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen",
  "Any program that runs right is obsolete.",
  "A list is only as strong as its weakest link. — Donald Knuth",
  "Feature: A bug with seniority.",
  "Computers make very fast, very accurate mistakes.",
  '<script>alert("This should not be displayed in a browser alert box.");</script>',
  "フレームワークのベンチマーク",
];

const settings = [
  // Every server keeps a pool; none may have to wait for another's.
  "alter system set max_connections = 400",
  // As TechEmpower sets it: how fast the disk is must not matter.
  "alter system set synchronous_commit = off",
];

const tables = [
  "create table items (id int primary key, name text not null, price int not null, cost int not null)",
  "insert into items select n, 'Item ' || n, n + 1, n from generate_series(1, 1000) as n",
  "create table world (id int primary key, randomnumber int not null)",
  "insert into world select n, 1 + floor(random() * 10000) from generate_series(1, 10000) as n",
  "create table fortune (id int primary key, message text not null)",
  "analyze",
];

async function run(server: EmbeddedServer, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: server.url() });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Starts it. */
export async function startDatabase(): Promise<Database> {
  const parent = mkdtempSync(join(tmpdir(), "kiln-bench-"));
  const folder = join(parent, "database");
  const first = await acquireEmbeddedServer(folder, { linger: 0 });
  await run(first, async (client) => {
    for (const statement of settings) await client.query(statement);
  });
  await first.release();
  const server = await acquireEmbeddedServer(folder, { linger: 0 });
  let version = "";
  await run(server, async (client) => {
    for (const statement of tables) await client.query(statement);
    for (const [i, message] of fortunes.entries())
      await client.query("insert into fortune values ($1, $2)", [i + 1, message]);
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    version = rows[0]?.server_version ?? "";
  });
  return {
    url: server.url(),
    version,
    end: async () => {
      await server.release();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
