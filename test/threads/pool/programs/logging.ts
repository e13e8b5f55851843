import { type Blocking, blocking, log } from "kilnjs";

export const talk: Blocking<[lines: number], number> = blocking(import.meta, function talk(lines: number): number {
  for (let i = 0; i < lines; i++) log.info({ i }, "talking");
  return lines;
});

export const bindAndFail: Blocking<[], void> = blocking(import.meta, function bindAndFail(): void {
  log.bind({ step: 2 });
  log.child({ part: "child", password: "hunter2" }).warn({ url: "https://u:p@x.y/" }, "from_child");
  log.error(Object.assign(new RangeError("far", { cause: new Error("deep") }), { limit: 7 }), "from_error");
  log.warn({ err: new TypeError("odd"), n: 1n, f: () => 1, when: new Date(0) }, "from_fields");
  log.debug("from_debug");
  log.info("only text");
  const levels = { debug: log.isLevelEnabled("debug"), info: log.isLevelEnabled("info") };
  log.info(levels, "levels");
});

/** Writes a line, and is stopped or dies before it returns. */
export const lastWords: Blocking<[flags: Int32Array | undefined], void> = blocking(
  import.meta,
  function lastWords(flags: Int32Array | undefined): void {
    log.info("last words");
    if (flags === undefined) process.exit(3);
    Atomics.store(flags, 0, 1);
    Atomics.notify(flags, 0);
    for (;;);
  },
);
