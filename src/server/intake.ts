import type { Server } from "node:http";
import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";
import type { ShownAddress } from "./messages.ts";

/** What an intake tells. */
export interface IntakeEvents {
  /** It took the connection with this number. */
  readonly onTook: (id: number, open: number) => void;
  /** Connections have ended; told once for all that end in the same turn. */
  readonly onFewer: (open: number) => void;
  readonly onRefused: (id: number) => void;
}

/** The connections of a worker: they come from the supervisor, not from a socket of its own. */
export interface Intake {
  readonly open: number;
  take(id: number, socket: Socket): void;
  /** From now on connections are refused. */
  stop(): void;
  /** Resolves when no connection is left, or after these milliseconds. */
  quiet(milliseconds: number): Promise<void>;
}

/**
 * Makes a server take connections that are handed over instead of listening itself. To everything else, plugins
 * included, it is a server that listens at `address`.
 */
export function createIntake(server: Server, address: ShownAddress, events: IntakeEvents): Intake {
  const sockets = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  let taking = true;
  let telling = false;
  let onEmpty: (() => void) | undefined;

  // The watch over slow clients begins with this event, and Fastify waits for it.
  server.listen = (() => {
    process.nextTick(() => server.emit("listening"));
    return server;
  }) as typeof server.listen;
  server.address = (() => address) as typeof server.address;

  server.on("session", (session: Http2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    if (!taking) session.close();
  });

  function forget(socket: Socket): void {
    sockets.delete(socket);
    if (sockets.size === 0) onEmpty?.();
    if (telling) return;
    telling = true;
    setImmediate(() => {
      telling = false;
      events.onFewer(sockets.size);
    });
  }

  return {
    get open() {
      return sockets.size;
    },
    take: (id, socket) => {
      if (!taking) {
        socket.destroy();
        return events.onRefused(id);
      }
      sockets.add(socket);
      socket.once("close", () => forget(socket));
      events.onTook(id, sockets.size);
      // Documented by Node as the way to bring connections in.
      server.emit("connection", socket);
    },
    stop: () => {
      taking = false;
      // HTTP/2 has a word for it: no further stream, and those under way are finished.
      for (const session of sessions) session.close();
    },
    quiet: (milliseconds) => {
      if (sockets.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
