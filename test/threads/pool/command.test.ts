// Threads below the commands: in a project of a user, in TypeScript and in JavaScript, whose entry also has the function.
import assert from "node:assert/strict";
import { test } from "node:test";
import { project, ready } from "../../cli/project.ts";

const typescript = `import { blocking, kiln, log } from "kilnjs";
const add = blocking(import.meta, function add(a: number, b: number): number {
  log.info({ a }, "adding");
  return a + b;
});
export const app = kiln({ title: "Sums", threads: { size: 1 } });
app.get("/add", {}, () => add(1, 2));
if (import.meta.main) await app.listen({ port: 0 });
`;
const javascript = typescript.replaceAll(/: number/g, "");

for (const [command, file, source] of [
  ["start", "src/main.ts", typescript],
  ["dev", "src/main.ts", typescript],
  ["start", "src/main.js", javascript],
] as const) {
  test(`kiln ${command} ${file}: a function runs in a thread, and the end of the app ends it`, async () => {
    const server = project({ [file]: source }).serve(command, file, "--port", "0", "--host", "127.0.0.1");
    const url = await ready(server);
    assert.equal(await (await fetch(`${url}/add`)).json(), 3);
    await server.prints(/adding/);
    const { signal, code } = await server.end("SIGTERM");
    assert.ok(signal === "SIGTERM" || code === 0 || code === 143, `${signal} ${code}`);
    assert.doesNotMatch(server.printed, /KILN_|thread_failed/);
  });
}
