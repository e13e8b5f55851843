import { Readable } from "node:stream";
import type { ServerSentEvent } from "../contract/ambient.ts";

/** A line break inside a field would start another field, so a name or id is cut at the first one. */
function field(name: string, value: string): string {
  return `${name}: ${value.split(/[\r\n\0]/, 1)[0]}\n`;
}

/** One event as text, following the HTML standard's event stream format. */
function eventText({ data, event, id, retry }: ServerSentEvent): string {
  const text = typeof data === "string" ? data : (JSON.stringify(data) ?? "");
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return [
    event === undefined ? "" : field("event", event),
    id === undefined ? "" : field("id", id),
    retry === undefined ? "" : field("retry", String(Math.trunc(retry))),
    ...lines,
    "\n",
  ].join("");
}

async function* texts(
  iterator: AsyncIterator<ServerSentEvent>,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  let stop: (() => void) | undefined;
  const onAbort = (): void => stop?.();
  // One promise per event: racing against one that lives as long as the stream would keep every event in memory.
  const nextEvent = (): Promise<IteratorResult<ServerSentEvent> | undefined> =>
    new Promise((resolve, reject) => {
      stop = () => resolve(undefined);
      iterator.next().then(resolve, reject);
    });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    // A first comment makes clients see the stream open before the first event.
    yield ": open\n\n";
    while (!signal.aborted) {
      const next = await nextEvent();
      if (next === undefined || next.done === true) return;
      yield eventText(next.value);
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The bytes of an event stream; ends when the events end or the signal aborts. */
export function eventStream(events: AsyncIterable<ServerSentEvent>, signal: AbortSignal): Readable {
  const iterator = events[Symbol.asyncIterator]();
  const stream = Readable.from(texts(iterator, signal));
  // Also when nothing was ever read of it, as for HEAD. Not awaited: a generator that waits for its next event returns
  // only after that event.
  stream.once("close", () => void iterator.return?.().catch(() => undefined));
  return stream;
}
