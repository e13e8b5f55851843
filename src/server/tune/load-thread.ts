// A thread that sends load: autocannon without a pause, every answer looked at.
import { parentPort, workerData } from "node:worker_threads";
import type { Client, Request } from "autocannon";
import { requirePeer } from "../../errors/peer.ts";
import type { LoadMessage, LoadOrder } from "./load.ts";
import { shown } from "./requests.ts";

// What load.ts gives and takes; the two files belong together.
const order = workerData as LoadOrder;
const tell = (message: LoadMessage, transfer: readonly ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, transfer);

/** The type of the package, which is loaded where it is used. */
type Autocannon = typeof import("autocannon");

/** autocannon replaces this text by one that no other request has. */
const unique = /\[<id>\]/;

function requestOf(
  { method, path, headers, body }: LoadOrder["requests"][number],
  failed: (what: string, status: number, text: string) => void,
): Request {
  return {
    // Any method is sent as it is; the type lists the usual ones.
    method: method as NonNullable<Request["method"]>,
    path,
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
    onResponse: (status, text) => {
      if (status < 200 || status > 299) failed(`${method} ${path}`, status, text);
    },
  };
}

function send({ url, connections, seconds, warmup, requests }: LoadOrder): void {
  const autocannon = requirePeer("autocannon", "kiln tune") as Autocannon;
  const latencies: number[] = [];
  let from = Number.POSITIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  let busySince = performance.eventLoopUtilization();
  let over = false;
  const end = (message: LoadMessage, transfer?: readonly ArrayBuffer[]): void => {
    if (over) return;
    over = true;
    tell(message, transfer);
    instance.stop();
  };
  const instance = autocannon(
    {
      url,
      connections,
      // Longer than it is looked at, so that the last moment has as much load as the first.
      duration: warmup + seconds + 1,
      sampleInt: 100,
      timeout: 30,
      idReplacement: requests.some(({ body, path }) => unique.test(body ?? "") || path.includes("[<id>]")),
      requests: requests.map((request) =>
        requestOf(request, (what, status, text) => end({ kind: "refused", what, status, text })),
      ),
    },
    () => {},
  );
  instance.on("response", (_client: Client, _status: number, _bytes: number, milliseconds: number) => {
    const now = performance.now();
    if (now >= from && now < until) latencies.push(milliseconds);
  });
  instance.on("reqError", (error: Error) =>
    end({ kind: "failed", what: requests.map(shown).join(", "), why: error.message }),
  );
  setTimeout(() => {
    from = performance.now();
    busySince = performance.eventLoopUtilization();
    tell({ kind: "measuring" });
    setTimeout(() => {
      until = performance.now();
      const busy = performance.eventLoopUtilization(busySince).utilization;
      const all = Float64Array.from(latencies);
      end({ kind: "measured", latencies: all, seconds: (until - from) / 1000, busy }, [all.buffer]);
    }, seconds * 1000);
  }, warmup * 1000);
}

send(order);
