import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join, sep } from "node:path";

/** Watches folders for changed files. */
export interface FolderWatch {
  /** Watches the folder of a file as well, if it is not watched yet. */
  addFolderOf(file: string): void;
  close(): void;
}

const skipped = new Set(["node_modules", "dist", "coverage"]);

function isSkipped(name: string): boolean {
  return skipped.has(name) || name.startsWith(".");
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isMissing(error: unknown): boolean {
  // Windows says EPERM of a watched folder that was removed.
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EPERM");
}

/**
 * Watches a folder and those below it, but for `node_modules`, `dist`, `coverage` and names that begin with a dot.
 *
 * One watcher per folder, none per file: it sees files that editors save by writing another one and renaming it, it is
 * there at once, and `node_modules` costs nothing, which the recursive watch of Node would walk on Linux.
 *
 * @param root an absolute path
 * @param onChange called with the absolute path of whatever changed, came or went in a watched folder
 * @param onProblem called when a folder cannot be watched, for example for want of watchers in the system
 */
export function watchFolders(
  root: string,
  onChange: (path: string) => void,
  onProblem: (error: unknown) => void,
): FolderWatch {
  const watchers = new Map<string, FSWatcher>();

  const drop = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const dropTree = (root: string): void => {
    for (const folder of [...watchers.keys()]) if (folder === root || folder.startsWith(root + sep)) drop(folder);
  };
  const changed = (event: string, path: string, name: string): void => {
    if (event === "rename" && !isSkipped(name)) {
      // Something came or went under this name. What was watched there is another folder now, if it is one at all, and
      // that may have been filled before it is watched.
      dropTree(path);
      if (isFolder(path)) addTree(path, onChange);
    }
    onChange(path);
  };
  const add = (folder: string): void => {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (event, name) => {
        if (name !== null) changed(event, join(folder, name), name);
      });
      watcher.on("error", (error) => {
        drop(folder);
        if (!isMissing(error)) onProblem(error);
      });
      watchers.set(folder, watcher);
    } catch (error) {
      // It may have gone in the meantime, which its own parent's watcher tells.
      if (!isMissing(error)) onProblem(error);
    }
  };
  const addTree = (folder: string, found: (file: string) => void): void => {
    if (watchers.has(folder)) return;
    add(folder);
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (!entry.isDirectory()) found(path);
        else if (!isSkipped(entry.name)) addTree(path, found);
      }
    } catch (error) {
      if (!isMissing(error)) onProblem(error);
    }
  };

  addTree(root, () => {});
  return {
    addFolderOf: (file) => add(dirname(file)),
    close: () => {
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}
