import { constants, fstatSync, mkdirSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { dirname, resolve } from "node:path";
import { isMainThread } from "node:worker_threads";
import { KilnError } from "../errors/kiln-error.ts";
import { FdSink } from "./fd-sink.ts";

/** Where finished lines go. */
export interface Sink {
  /** Takes one line with its line feed. */
  write(line: string): void;
  flush(): Promise<void>;
  flushSync(): void;
  close(): Promise<void>;
}

/** A descriptor that several loggers may write to; one sink for all of them keeps their lines whole and in order. */
interface Shared {
  readonly sink: FdSink;
  /** Set for a file that was opened here. */
  readonly path: string | undefined;
  users: number;
}

const shared = new Map<string, Shared>();

/**
 * Opens a destination.
 *
 * @param destination a file descriptor, a path to append to, or an object that gets every line at once
 * @param sayLost writes the line that says how many had to be dropped for a reader that was too slow
 * @throws KilnError KILN_LOG_DESTINATION when the path cannot be opened
 */
export function openSink(
  destination: number | string | { write(line: string): unknown },
  sayLost: (count: number) => void,
): Sink {
  if (typeof destination === "object") return objectSink(destination);
  const key = typeof destination === "number" ? `fd ${destination}` : resolve(destination);
  let entry = shared.get(key);
  if (entry === undefined) {
    const fd = typeof destination === "number" ? unblocked(destination) : openFile(destination);
    entry = { sink: new FdSink(fd, sayLost), path: typeof destination === "string" ? key : undefined, users: 0 };
    shared.set(key, entry);
  }
  entry.users += 1;
  return sharedSink(entry, key, typeof destination === "string");
}

/**
 * Opens every log file anew under its path, after the one so far has been moved away by what rotates logs.
 *
 * @throws KilnError KILN_LOG_DESTINATION when one cannot be opened; its lines go on to where they went
 */
export function reopenLogFiles(): void {
  for (const { sink, path } of shared.values()) if (path !== undefined) sink.reopen(openFile(path));
}

function sharedSink(entry: Shared, key: string, owned: boolean): Sink {
  const { sink } = entry;
  let open = true;
  return {
    // A descriptor that is not ours stays usable, so a line after the end of the app still gets out.
    write: (line) => {
      if (open || !owned) sink.write(line);
    },
    flush: () => sink.flush(),
    flushSync: () => sink.flushSync(),
    close: async () => {
      await sink.flush();
      if (!open) return;
      open = false;
      entry.users -= 1;
      if (entry.users > 0) return;
      shared.delete(key);
      if (owned) sink.closeDescriptor();
    },
  };
}

function objectSink(destination: { write(line: string): unknown }): Sink {
  return {
    write: (line) => {
      destination.write(line);
    },
    flush: () => Promise.resolve(),
    flushSync: () => {},
    close: () => Promise.resolve(),
  };
}

function openFile(path: string): number {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    // Not blocking matters for a named pipe; Windows has no such flag.
    const nonBlocking = constants.O_NONBLOCK ?? 0;
    return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | nonBlocking, 0o640);
  } catch (cause) {
    throw new KilnError("KILN_LOG_DESTINATION", {
      where: "kiln({ logging: { destination } })",
      what: path,
      why: `cannot be opened to append lines to it (${cause instanceof Error ? cause.message : String(cause)})`,
      fix: "Name a file in a folder that the process may write to, or leave `destination` out to log to standard output",
      cause,
    });
  }
}

const held = new Map<number, Socket>();

/**
 * Makes writes to a pipe or a socket return at once when its reader is slow, where they would stop the event loop. Node
 * does that itself for its standard streams when they are first touched, and undoes it at exit.
 */
function unblocked(fd: number): number {
  try {
    const stat = fstatSync(fd);
    if (!isMainThread || !(stat.isFIFO() || stat.isSocket())) return fd;
    if (fd === 1) void process.stdout.writable;
    else if (fd === 2) void process.stderr.writable;
    else if (!held.has(fd)) held.set(fd, new Socket({ fd, readable: false, writable: true }).unref());
  } catch {
    // The descriptor is of a kind that Node cannot hold; writes may then wait for the reader, and none is lost.
  }
  return fd;
}
