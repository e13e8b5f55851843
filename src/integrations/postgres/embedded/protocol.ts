import type { Socket } from "node:net";

/** What a user of the server says first to its keeper. */
export interface Hello {
  readonly token: string;
  /** Milliseconds for which the server stays when this user was the last to leave. */
  readonly linger: number;
}

/** What went wrong, in the words of a KilnError. */
export interface Failure {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** What a keeper answers. A socket that closes without an answer means: this keeper is going, look for the next one. */
export type KeeperAnswer =
  | { readonly kind: "ready"; readonly port: number; readonly password: string }
  | ({ readonly kind: "failed" } & Failure);

/** Everything a keeper is started with. */
export interface KeeperOrder {
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
  readonly major: string;
}

/** Sends one message: a line of JSON. */
export function send(socket: Socket, message: Hello | KeeperAnswer): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

const longest = 64 * 1024;

/**
 * Calls back with the first line that arrives, parsed; garbage, or a line that does not end, closes the socket.
 * Both sides send one line each, so later data means nothing.
 */
export function onFirstMessage(socket: Socket, listener: (message: unknown) => void): void {
  let text = "";
  const collect = (chunk: string): void => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end === -1) {
      if (text.length > longest) socket.destroy();
      return;
    }
    socket.off("data", collect);
    socket.resume();
    let message: unknown;
    try {
      message = JSON.parse(text.slice(0, end));
    } catch {
      socket.destroy();
      return;
    }
    listener(message);
  };
  socket.setEncoding("utf8").on("data", collect);
}
