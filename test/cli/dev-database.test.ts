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
  return { version: ${version}, ...rows[0] };
});
`;

test("the embedded database runs on while the app is started again, and stops with dev", async () => {
  const { folder, write, serve } = project({ "src/main.ts": main(1) });
  const server = serve("dev", "--port", "0");
  const url = await ready(server);
  const data = join(folder, ".data/postgres");
  const pid = postmasterPid(data);
  assert.deepEqual(await (await fetch(url)).json(), { version: 1, connected: true });
  write("src/main.ts", main(2));
  await ready(server);
  assert.deepEqual(await (await fetch(url)).json(), { version: 2, connected: true });
  write("src/main.ts", "export default ;");
  await server.prints(/it starts again when a file changes/);
  // No app runs. If dev did not hold the server, it would stop when this last user of it leaves.
  const user = await acquireEmbeddedServer(data, { linger: 0 });
  await user.release();
  write("src/main.ts", main(3));
  await ready(server);
  assert.deepEqual(await (await fetch(url)).json(), { version: 3, connected: true });
  assert.equal(postmasterPid(data), pid);
  assert.deepEqual(await server.end("SIGTERM"), { code: null, signal: "SIGTERM" });
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  await assertNothingRuns(data);
});
