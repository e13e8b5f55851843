import { connect } from "node:net";

/** Sends bytes as they are, closes its own side and gives what came back until the server closed the other. */
export function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" });
    socket.setTimeout(20_000, () => socket.destroy(new Error("no answer within 20 s")));
    socket.on("data", (chunk) => received.push(chunk));
    // A server that has refused a request may reset while the rest of it is still being sent.
    socket.on("error", (error) =>
      received.length > 0 ? resolve(Buffer.concat(received).toString("latin1")) : reject(error),
    );
    socket.on("close", () => resolve(Buffer.concat(received).toString("latin1")));
    socket.write(bytes);
  });
}

/** The statuses of the answers in what a server sent. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
