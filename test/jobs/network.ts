import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The network between an app and its database, for tests to take away. */
export interface Network extends AsyncDisposable {
  /** The database as it is reached through it. */
  readonly url: string;
  /** From now on nothing arrives any more, and no connection ends; what is sent meanwhile arrives later. */
  stall(): void;
  resume(): void;
  /** Ends all connections, and lets none begin. */
  cut(): void;
}

/** @param database where the database is, by TCP */
export async function networkTo(database: string): Promise<Network> {
  const target = new URL(database);
  const sockets = new Set<Socket>();
  let state: "open" | "stalled" | "cut" = "open";
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    if (state === "stalled") socket.pause();
  };
  const server = createServer((near) => {
    if (state === "cut") return near.resetAndDestroy();
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (data) => to.write(data));
      from.once("close", () => to.destroy());
      keep(from);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(database);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  const all = (act: (socket: Socket) => unknown): void => {
    for (const socket of sockets) act(socket);
  };
  return {
    url: url.href,
    stall: () => {
      state = "stalled";
      all((socket) => socket.pause());
    },
    resume: () => {
      state = "open";
      all((socket) => socket.resume());
    },
    cut: () => {
      state = "cut";
      all((socket) => socket.resetAndDestroy());
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      all((socket) => socket.destroy());
    },
  };
}
