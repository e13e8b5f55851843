import type { Pool, PoolClient } from "pg";
import { type DatabaseCall, type DatabaseTracer, databaseTracer } from "../../index.ts";
import { operationOf, statementText } from "./statement-text.ts";

/** The texts whose shown form is kept; programs have far fewer, unless they put values into them. */
const keptTexts = 500;

type Query = (...args: unknown[]) => unknown;
type Done = (error: unknown, result?: unknown) => void;

/** What `pg` knows of where a client is connected to; its types leave these out for clients of a pool. */
interface Connected {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
}

/** Describes statements, each text once. */
function describer(client: PoolClient): (text: string) => DatabaseCall {
  const { host, port, database } = client as Connected;
  const place = {
    ...(database === undefined ? {} : { namespace: database }),
    ...(host === undefined ? {} : { address: host }),
    // A Unix socket has none.
    ...(port === undefined || host?.startsWith("/") ? {} : { port }),
  };
  const known = new Map<string, DatabaseCall>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const shown = statementText(text);
    const call = { system: "postgresql", operation: operationOf(shown), text: shown, ...place };
    if (known.size < keptTexts) known.set(text, call);
    return call;
  };
}

function textOf(first: unknown): string | undefined {
  if (typeof first === "string") return first;
  // A query object of another package sends its statements itself, at times of its own.
  if (typeof first !== "object" || first === null || "submit" in first) return undefined;
  return "text" in first && typeof first.text === "string" ? first.text : undefined;
}

function traceClient(client: PoolClient, trace: DatabaseTracer): void {
  const describe = describer(client);
  // The overloads of pg; each call goes on with what it was given.
  const query = client.query.bind(client) as Query;
  const traced: Query = (...args) => {
    const text = textOf(args[0]);
    if (text === undefined) return query(...args);
    const last = args.at(-1);
    if (typeof last !== "function") return trace(describe(text), async () => query(...args));
    const done = last as Done;
    trace(describe(text), async () => query(...args.slice(0, -1))).then((result) => done(null, result), done);
    return undefined;
  };
  client.query = traced as PoolClient["query"];
}

/** Has every statement of a pool's clients traced, in an app that is; in any other the clients stay as they are. */
export function traceQueries(pool: Pool): void {
  const trace = databaseTracer();
  if (trace !== undefined) pool.on("connect", (client) => traceClient(client, trace));
}
