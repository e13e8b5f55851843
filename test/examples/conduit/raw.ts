import { connect } from "node:net";

/** What came back on a connection. */
export interface RawAnswer {
  readonly text: string;
  /** The statuses of the answers in it. */
  readonly statuses: readonly number[];
  /** False when the server was still waiting for more. */
  readonly closed: boolean;
}

/**
 * Sends bytes as they are.
 *
 * @param patience milliseconds of silence after which the server is taken to wait for more
 */
export function sendRaw(url: string, bytes: string | Uint8Array, patience = 10_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ port: Number(port), host: hostname });
    const finish = (closed: boolean): void => {
      socket.destroy();
      const text = Buffer.concat(received).toString("latin1");
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      resolve({ text, statuses, closed });
    };
    socket.setTimeout(patience, () => finish(false));
    socket.on("data", (chunk) => received.push(chunk));
    // A server that refuses a request may reset while the rest of it is still on its way.
    socket.on("error", (error) => (received.length > 0 ? finish(true) : reject(error)));
    socket.on("close", () => finish(true));
    socket.write(bytes);
  });
}
