/** The thread that says for the jobs of its process that they are alive, see heartbeat.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { requirePeer } from "../errors/peer.ts";
import { createContact } from "./contact.ts";
import type { DatabaseClient } from "./database.ts";
import { type HeartbeatData, heartbeatSlack } from "./heartbeat.ts";
import { heldKey, readHeldJobs } from "./held-jobs.ts";

// Only heartbeat.ts starts this thread, with exactly this.
const { connection, schema, interval, names, memory, contact: contactMemory } = workerData as HeartbeatData;
const contact = createContact(contactMemory, heartbeatSlack(interval), false);
let client: DatabaseClient | undefined;

async function connected(): Promise<DatabaseClient> {
  if (client !== undefined) return client;
  const { Client } = requirePeer("pg", "jobs") as { Client: new (config: object) => DatabaseClient };
  // One statement or connection that leads nowhere must not make a worker silent for as long as one that is dead.
  const limits = { query_timeout: interval, connectionTimeoutMillis: interval };
  const opened = new Client({ ...connection, application_name: "kiln jobs heartbeat", ...limits });
  const forget = (): void => {
    if (client === opened) client = undefined;
  };
  opened.on("error", forget);
  opened.on("end", forget);
  await opened.connect();
  client = opened;
  return opened;
}

/** Says so for all, and tells which attempts are not this process's any more. */
async function beat(): Promise<void> {
  const jobs = readHeldJobs(memory, names);
  if (jobs.length === 0) return contact.lost();
  const on = await connected();
  const { rows } = await on.query(
    `update ${schema}.job_common j set heartbeat_on = ${schema}.job_now()
     from unnest($1::text[], $2::uuid[], $3::int[]) as held (name, id, attempt)
     where j.name = held.name and j.id = held.id and j.retry_count = held.attempt and j.state = 'active'
     returning j.id, j.retry_count`,
    [jobs.map(({ name }) => name), jobs.map(({ id }) => id), jobs.map(({ retryCount }) => retryCount)],
  );
  contact.made(interval);
  const alive = new Set(rows.map(({ id, retry_count }) => `${id}:${retry_count}`));
  const lost = jobs.filter((job) => !alive.has(heldKey(job)) && job.isHeld()).map(heldKey);
  if (lost.length > 0) parentPort?.postMessage(lost);
}

async function follow(): Promise<void> {
  const begun = performance.now();
  let pause = interval;
  await beat().catch(() => {
    contact.lost();
    pause = interval / 4;
    // The database is away: the next beat connects anew.
    const broken = client;
    client = undefined;
    broken?.end().catch(() => undefined);
  });
  setTimeout(() => void follow(), Math.max(interval / 10, pause - (performance.now() - begun)));
}
void follow();
