import type { EventEmitter } from "node:events";
import type { PoolClient } from "pg";

interface CancelInternals {
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean | object;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

interface CancelConnection {
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
  on(event: "connect" | "sslconnect" | "error" | "end", listener: () => void): void;
  end(): void;
}

/** `pg`'s own class for one socket to the server, which `@types/pg` declares only in part. */
export type ConnectionClass = new (config: { ssl: boolean | object }) => unknown;

/** When the wish is said again, in milliseconds after the one before; after the last the connection is given up. */
const pauses = [50, 200, 1_000, 3_000];

/**
 * Has the server stop what a client is running, and calls `done` at once when it has, before `pg` sends the client's next
 * statement: closing the client's socket alone would let a long statement run on unseen. The wish is said again for as
 * long as the statement goes on, as PostgreSQL drops one that arrives before it has taken up the statement.
 */
export function stopRunning(client: PoolClient, connectionClass: ConnectionClass, done: () => void): void {
  // The stream of the server's messages, which `@types/pg` leaves out.
  const { connection } = client as unknown as { readonly connection: EventEmitter };
  let said = 0;
  let timer: NodeJS.Timeout | undefined;
  const finish = (): void => {
    clearTimeout(timer);
    connection.off("readyForQuery", finish);
    connection.off("end", finish);
    done();
  };
  const say = (): void => {
    const pause = pauses[said++];
    if (pause === undefined) return finish();
    sendCancel(client, connectionClass);
    timer = setTimeout(say, pause);
  };
  connection.prependListener("readyForQuery", finish);
  connection.once("end", finish);
  say();
}

/**
 * Sends a CancelRequest of PostgreSQL's protocol, over a connection of its own. The server's secret of that session makes
 * sure that it hits no other one.
 */
function sendCancel(client: PoolClient, connectionClass: ConnectionClass): void {
  // These fields of pg's Client are undocumented, and checked for before they are used.
  const { host, port, ssl, processID, secretKey } = client as unknown as CancelInternals;
  if (typeof processID !== "number" || typeof secretKey !== "number") return;
  // See ConnectionClass.
  const connection = new connectionClass({ ssl }) as CancelConnection;
  const cancel = (): void => {
    connection.cancel(processID, secretKey);
    connection.end();
  };
  connection.on("error", () => {});
  connection.on("connect", ssl ? () => connection.requestSsl() : cancel);
  if (ssl) connection.on("sslconnect", cancel);
  if (host.startsWith("/")) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
}
