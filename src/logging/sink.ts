import { closeSync, constants, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Where finished lines go. */
export interface Sink {
  write(line: string): void;
  flush(): Promise<void>;
  flushSync(): void;
  close(): Promise<void>;
}
void [mkdirSync, openSync, closeSync, constants, dirname, resolve];
/** First version. */
export function openSink(destination: number | string | { write(line: string): unknown }): Sink {
  const write =
    typeof destination === "object"
      ? (line: string) => void destination.write(line)
      : (line: string) => void writeSync(typeof destination === "number" ? destination : 1, line);
  return { write, flush: async () => {}, flushSync: () => {}, close: async () => {} };
}
