import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { acquireEmbeddedServer } from "../../src/integrations/postgres/embedded/server.ts";
import { assertNothingRuns, postmasterPid } from "../integrations/postgres/server.ts";
import { project, ready } from "./project.ts";

const main = (version: number): string => `import { kiln } from "kilnjs";
import { postgres } from "kilnjs/postgres";
const db = postgres({ url: "embedded:.data/postgres" });
export const app = kiln({ title: "Database" });
app.get("/", { needs: { db: db.connection } }, async ({ db }) => {
  const { rows } = await db.query("select pg_backend_pid() > 0 as connected");
  return { version: ${version}, pid: process.pid, ...rows[0] };
});
`;

/** Gives the process that answered. */
async function answers(url: string, expected: number): Promise<number> {
  const { version, connected, pid } = (await (await fetch(url)).json()) as Record<string, unknown>;
  assert.deepEqual([version, connected], [expected, true]);
  return Number(pid);
}

test("the embedded database runs on while the app is started again, and stops with dev", async () => {
  const { folder, write, serve } = project({ "src/main.ts": main(1) });
  const server = serve("dev", "--port", "0");
  const url = await ready(server);
  const data = join(folder, ".data/postgres");
  const pid = postmasterPid(data);
  await answers(url, 1);
  write("src/main.ts", main(2));
  await ready(server);
  const serving = await answers(url, 2);
  write("src/main.ts", "export default ;");
  await server.prints(/the version before it serves on/);
  process.kill(serving, "SIGKILL");
  await server.prints(/the app ended \(SIGKILL\)/);
  // No app runs. If dev did not hold the server, it would stop when this last user of it leaves.
  const user = await acquireEmbeddedServer(data, { linger: 0 });
  await user.release();
  write("src/main.ts", main(3));
  await ready(server);
  await answers(url, 3);
  assert.equal(postmasterPid(data), pid);
  assert.deepEqual(await server.end("SIGTERM"), { code: null, signal: "SIGTERM" });
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  await assertNothingRuns(data);
});
