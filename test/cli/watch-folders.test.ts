import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { watchFolders } from "../../src/cli/watch-folders.ts";

interface Watched {
  readonly folder: string;
  write(path: string): void;
  /** Resolves when a change of this path is told. */
  changed(path: string): Promise<void>;
  readonly told: ReadonlySet<string>;
  addFolderOf(path: string): void;
}

function watched(context: TestContext, ...folders: readonly string[]): Watched {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "kiln-watch-")));
  for (const each of folders) mkdirSync(join(folder, each), { recursive: true });
  const told = new Set<string>();
  let look = (): void => {};
  const watch = watchFolders(
    join(folder, "root"),
    (path) => {
      told.add(path.slice(folder.length + 1));
      look();
    },
    (error) => assert.fail(String(error)),
  );
  context.after(() => {
    watch.close();
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    told,
    write: (path) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), "");
    },
    changed: (path) =>
      new Promise((resolve) => {
        look = () => {
          if (told.has(path)) resolve();
        };
        look();
      }),
    addFolderOf: (path) => watch.addFolderOf(join(folder, path)),
  };
}

test("tells changed, new, renamed and removed files at every depth", async (context) => {
  const { folder, write, changed } = watched(context, "root/a/b");
  write("root/a/b/new.ts");
  await changed("root/a/b/new.ts");
  renameSync(join(folder, "root/a/b/new.ts"), join(folder, "root/moved.ts"));
  await changed("root/moved.ts");
  rmSync(join(folder, "root/moved.ts"));
  await changed("root/moved.ts");
});

test("tells what a folder holds that came with its files, and what changes in it later", async (context) => {
  const { folder, write, changed } = watched(context, "root", "other/deep");
  write("other/deep/file.ts");
  renameSync(join(folder, "other"), join(folder, "root/other"));
  await changed("root/other/deep/file.ts");
  write("root/other/deep/later.ts");
  await changed("root/other/deep/later.ts");
});

test("a folder that goes and comes again is watched again", async (context) => {
  const { folder, write, changed } = watched(context, "root/a");
  rmSync(join(folder, "root/a"), { recursive: true });
  await changed("root/a");
  write("root/a/one.ts");
  await changed("root/a/one.ts");
  write("root/a/two.ts");
  await changed("root/a/two.ts");
});

test("looks neither into packages nor into built or hidden folders", async (context) => {
  const { write, changed, told } = watched(
    context,
    ...["node_modules/x", "dist", "coverage", ".git", ".data/postgres"].map((name) => `root/${name}`),
  );
  for (const path of ["node_modules/x/a.ts", "dist/a.js", "coverage/a.js", ".git/a", ".data/postgres/a.sql"]) {
    write(`root/${path}`);
  }
  write("root/last.ts");
  await changed("root/last.ts");
  assert.deepEqual([...told], ["root/last.ts"]);
});

test("watches the folder of a file elsewhere when it is asked to", async (context) => {
  const { write, changed, addFolderOf } = watched(context, "root", "sibling");
  addFolderOf("sibling/shared.ts");
  addFolderOf("sibling/shared.ts");
  write("sibling/shared.ts");
  await changed("sibling/shared.ts");
});
