import { basename, extname, relative } from "node:path";
import { createDatabaseLeases } from "./database-leases.ts";
import { DevServer } from "./dev-server.ts";
import { findEntry } from "./entry.ts";
import type { ServeOptions } from "./main.ts";
import { reportError } from "./report-error.ts";
import { watchFolders } from "./watch-folders.ts";

/** How long to wait for more changes, in milliseconds: an editor that saves all files writes several at once. */
const quiet = 30;
const ignored = new Set([".env.example"]);
const data = new Set([".sql", ".toml"]);

/** Files that an app reads without importing them: migrations and settings. */
function isRead(path: string): boolean {
  const name = basename(path);
  return data.has(extname(name)) || (/^\.env(\..+)?$/.test(name) && !ignored.has(name));
}

function say(text: string): void {
  // To the error stream: the output is the app's.
  console.error(`kiln dev: ${text}`);
}

/** Collects changes that come together. */
function debounced(act: (paths: ReadonlySet<string>) => void): (path: string) => void {
  const paths = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  return (path) => {
    paths.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      act(new Set(paths));
      paths.clear();
    }, quiet);
  };
}

function describe(paths: ReadonlySet<string>): string {
  const [first = ""] = paths;
  const more = paths.size > 1 ? ` and ${paths.size - 1} more` : "";
  return `${relative(process.cwd(), first)}${more} changed`;
}

/** `kiln dev`: serves the app in a process of its own, and in a new one after each change, until a signal ends it. */
export async function dev(argument: string | undefined, options: ServeOptions): Promise<void> {
  const entry = await findEntry(argument);
  const databases = createDatabaseLeases();
  const loaded = new Set<string>([entry]);

  const server = new DevServer(entry, options, {
    onLoaded: (files) => {
      for (const file of files) {
        loaded.add(file);
        folders.addFolderOf(file);
      }
    },
    onDatabase: databases.hold,
    onListenError: reportError,
    onFailed: (how, serving) => {
      const what = serving ? "did not start" : "ended";
      const then = serving
        ? "the version before it serves on, until a file changes"
        : "it starts again when a file changes";
      say(`the app ${what} (${how}); ${then}`);
    },
  });
  const restart = debounced((paths) => {
    say(`${describe(paths)}, starting again`);
    server.start();
  });
  const onChange = (path: string): void => {
    // After a failure any change may be the cure: the file that is missing is in no list of loaded ones.
    if (loaded.has(path) || isRead(path) || (server.failed && isSource(path))) restart(path);
  };
  const folders = watchFolders(process.cwd(), onChange, (error) => say(`some changes will not be seen: ${error}`));
  endOnSignal(async () => {
    folders.close();
    await server.end();
    await databases.release();
  });
  server.start();
}

const sources = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"]);

function isSource(path: string): boolean {
  return sources.has(extname(path));
}

/** Ends in order, then by the same signal, so that whoever started us sees how. A second signal is passed on too. */
function endOnSignal(end: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      void end().finally(() => {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      });
    });
  }
}
