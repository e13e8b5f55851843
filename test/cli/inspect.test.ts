import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { project } from "./project.ts";

const blog = `import { bearer, defineSettings, depends, kiln, model, path, resource, router, secret } from "kilnjs";
import { z } from "zod";
const settings = defineSettings({ databaseUrl: z.string().describe("Where posts are kept"), jwtSecret: secret(), port: z.int().default(8000) });
const store = resource({ settings }, async function* store() {
  throw new Error("nothing may be opened");
  yield new Map();
});
const user = depends({ token: bearer() }, () => ({ id: 1 }));
const Post = model("Post", { id: z.int(), title: z.string() });
const posts = router({ prefix: "/posts", needs: { user } });
posts.get("/", { needs: { store }, returns: z.array(Post) }, () => []);
posts.delete("/:id", { needs: { id: path(z.int()), store }, status: 204 }, () => undefined);
posts.get("/:id", { needs: { id: path(z.int()) }, returns: { 200: Post, 410: null } }, () => ({ id: 1, title: "" }));
export const app = kiln({ title: "Blog", version: "1.2.3", settings }).include(posts);
// Something that would keep the process alive.
setInterval(() => {}, 60_000);
`;

test("routes lists method, path, guards, needs, returns and place", async () => {
  const { kiln } = project({ "src/main.ts": blog });
  const { code, stdout } = await kiln("routes");
  assert.equal(code, 0);
  assert.deepEqual(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
    [
      ["METHOD", "PATH", "GUARDS", "NEEDS", "RETURNS", "PLACE"],
      ["GET", "/posts", "user", "store", "Post[]", "src/main.ts:11"],
      ["DELETE", "/posts/:id", "user", "id, store", "204", "src/main.ts:12"],
      ["GET", "/posts/:id", "user", "id", "200 Post, 410", "src/main.ts:13"],
    ],
  );
  const [first] = JSON.parse((await kiln("routes", "--json")).stdout);
  assert.deepEqual(first, {
    method: "GET",
    path: "/posts",
    place: "src/main.ts:11",
    guards: ["user"],
    needs: ["store"],
    returns: "Post[]",
  });
});

test("routes lists what Kiln declares at the line that asked for it, with its guards", async () => {
  const source = `import { bearer, depends, job, jobStatus, kiln } from "kilnjs";
const user = depends({ token: bearer() }, () => ({ id: 1 }));
const exporting = job("export", {}, () => {});
export const app = kiln({ title: "Exports" });
app.include(jobStatus(exporting, { needs: { user } }), { prefix: "/exports" });
`;
  const { kiln } = project({ "src/main.ts": source });
  const routes: { path: string; place: string; guards: string[] }[] = JSON.parse(
    (await kiln("routes", "--json")).stdout,
  );
  assert.deepEqual(
    routes.map(({ path, place, guards }) => `${path} ${place} ${guards}`),
    ["/exports/:jobId src/main.ts:5 user", "/exports/:jobId/events src/main.ts:5 user"],
  );
});

test("openapi prints the document or writes it, without settings or resources", async () => {
  const { kiln, folder } = project({ "src/main.ts": blog });
  const { code, stdout } = await kiln("openapi");
  assert.equal(code, 0);
  const document = JSON.parse(stdout);
  assert.equal(document.info.version, "1.2.3");
  assert.deepEqual(Object.keys(document.paths), ["/posts", "/posts/{id}"]);
  assert.equal((await kiln("openapi", "--out", "api.json")).stdout, "Wrote api.json\n");
  assert.equal(readFileSync(join(folder, "api.json"), "utf8"), stdout);
});

test("a reader that leaves before the end is no error", async () => {
  const { serve } = project({ "src/main.ts": blog });
  const printing = serve("openapi");
  printing.process.stdout?.destroy();
  assert.deepEqual(await printing.ended, { code: 0, signal: null });
  assert.equal(printing.printed, "");
});

test("settings shows every setting with its origin, and fails when the app could not start", async () => {
  const { kiln, write } = project({ "src/main.ts": blog, ".env": "JWT_SECRET=hunter2\n" });
  const missing = await kiln("settings");
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /^Settings of environment development\n/);
  assert.match(missing.stdout, /DATABASE_URL +\(missing\) +not set/);
  assert.match(missing.stdout, /JWT_SECRET +\*\*\* +\.env, line 1/);
  assert.match(missing.stdout, /PORT +8000 +default/);
  assert.match(missing.stdout, /cannot start before this is mended:\n {2}- DATABASE_URL/);
  assert.doesNotMatch(missing.stdout, /hunter2/);
  write(".env", "JWT_SECRET=hunter2\nDATABASE_URL=postgres://u:pw@db/app\n");
  const { code, stdout } = await kiln("settings");
  assert.equal(code, 0);
  assert.match(stdout, /DATABASE_URL +postgres:\/\/u:\*\*\*@db\/app/);
});

test("settings --example writes .env.example, --check tells whether it is current", async () => {
  const { kiln, folder } = project({ "src/main.ts": blog });
  const none = await kiln("settings", "--example", "--check");
  assert.equal(none.code, 1);
  assert.equal(existsSync(join(folder, ".env.example")), false);
  assert.equal((await kiln("settings", "--example")).stdout, "Wrote .env.example\n");
  assert.match(
    readFileSync(join(folder, ".env.example"), "utf8"),
    /# Where posts are kept\n# text, required\nDATABASE_URL=/,
  );
  assert.deepEqual(await kiln("settings", "--example", "--check"), {
    code: 0,
    stdout: ".env.example is current\n",
    stderr: "",
  });
});

test("settings of an app without any is a mistake", async () => {
  const source = 'import { kiln } from "kilnjs";\nexport default kiln({ title: "Bare" });';
  const { code, stderr } = await project({ "src/main.ts": source }).kiln("settings");
  assert.equal(code, 1);
  assert.match(stderr, /^KILN_CLI_SETTINGS /);
});
