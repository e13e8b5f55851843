import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { project, ready } from "../cli/project.ts";
import { assertNothingRuns } from "../integrations/postgres/server.ts";

const main = `import { job, kiln } from "kilnjs";
import { z } from "zod";
const greet = job("greet", { payload: z.string() }, ({ payload }) => console.log("hello " + payload));
export const app = kiln({ title: "Greetings", jobs: [greet] });
app.get("/", { needs: { greet } }, ({ greet }) => greet("from the job"));
`;

test("kiln dev runs jobs, in an embedded database when the app has none; kiln worker asks for jobs", async () => {
  const folder = project({ "src/main.ts": main });
  const server = folder.serve("dev", "--port", "0");
  const url = await ready(server);
  assert.equal((await fetch(url)).status, 200);
  await server.prints(/hello from the job/);
  await server.prints(/job_completed/);
  await server.end("SIGTERM");
  await assertNothingRuns(join(folder.folder, ".data/postgres"));

  const without = project({
    "src/main.ts": 'import { kiln } from "kilnjs";\nexport const app = kiln({ title: "Nothing" });\n',
  });
  const { code, stderr } = await without.kiln("worker");
  assert.equal(code, 1);
  assert.match(stderr, /KILN_CLI_WORKER/);
});
