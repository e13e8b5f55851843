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

/**
 * Asks the server to stop what a client is running, over a connection of its own: closing the client's socket alone
 * would let a long statement run on unseen. The server's secret of that session makes sure that it hits no other one.
 * Best effort: nobody waits for it.
 */
export function cancelRunning(client: PoolClient, connectionClass: ConnectionClass): void {
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
