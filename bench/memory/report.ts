// The part of both servers that tells of their memory.

/** Bytes, after a collection. */
export interface Memory {
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
}

/** Tells the bench the port, and, whenever it asks, what is held once nothing is left to collect. */
export function reportMemory(port: number): void {
  process.send?.({ port });
  process.on("message", () => {
    // What a finalizer lets go of is free after the next collection.
    for (let turn = 0; turn < 4; turn += 1) globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ memory: { heap: heapUsed, external, rss } satisfies Memory });
  });
}
