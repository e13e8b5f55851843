import type { Readable } from "node:stream";
import { stringifySetCookie } from "cookie";
import type { CookieOptions, Reply } from "../contract/ambient.ts";
import { specialAnswer } from "../contract/answer.ts";
import { checkHeader } from "../contract/header-check.ts";
import type { RequestContext } from "./context.ts";
import { eventStream } from "./event-stream.ts";

/** What a handler has said about its answer so far. */
export interface ReplyState {
  readonly reply: Reply;
  status: number | undefined;
  readonly headers: [name: string, value: string][];
}

function cookieText(name: string, value: string, options: CookieOptions, production: boolean): string {
  return stringifySetCookie({
    httpOnly: true,
    sameSite: "lax",
    path: "/",
    secure: production,
    ...options,
    name,
    value,
  });
}

/** A `Location` may hold no raw control or non-ASCII character: that is how a header is split in two. */
function locationOf(url: string): string {
  return url.replace(/[^\x21-\x7e]/gu, (character) =>
    encodeURIComponent(character.isWellFormed() ? character : "\ufffd"),
  );
}

/**
 * Looks after a stream from the moment it is answered with: one that fails before it is sent must not end the process
 * for want of a listener, one that is never sent, after a deadline for example, must not stay open.
 */
function kept<T extends Readable>(context: RequestContext, stream: T): T {
  const { raw } = context.reply;
  stream.on("error", (error) => {
    // Before the headers are out, sending finds the failure and answers for it.
    if (raw.headersSent && !context.isAbort(error)) context.log.error({ err: error }, "stream_failed");
  });
  if (context.closed) stream.destroy();
  else raw.once("close", () => stream.destroy());
  return stream;
}

/** Makes the `reply` of one request. */
export function createReply(context: RequestContext): ReplyState {
  const { production } = context.server;
  const state: ReplyState = {
    status: undefined,
    headers: [],
    reply: {
      status: (status) => {
        state.status = status;
        return state.reply;
      },
      header: (name, value) => {
        // Checked here, where the stack still shows the handler.
        checkHeader(name, value);
        state.headers.push([name, value]);
        return state.reply;
      },
      cookie: (name, value, options = {}) => {
        state.headers.push(["set-cookie", cookieText(name, value, options, production)]);
        return state.reply;
      },
      clearCookie: (name, options = {}) => {
        const gone = { ...options, maxAge: 0, expires: new Date(0) };
        state.headers.push(["set-cookie", cookieText(name, "", gone, production)]);
        return state.reply;
      },
      redirect: (url, status = 303) => specialAnswer({ kind: "empty" }, status, { location: locationOf(url) }),
      html: (text) => specialAnswer({ kind: "text", type: "text/html; charset=utf-8", text }),
      text: (text) => specialAnswer({ kind: "text", type: "text/plain; charset=utf-8", text }),
      stream: (stream, type = "application/octet-stream") =>
        specialAnswer({ kind: "stream", type, stream: kept(context, stream) }),
      file: (path, { root }) => specialAnswer({ kind: "file", root, path }),
      sse: (events) =>
        specialAnswer(
          {
            kind: "stream",
            type: "text/event-stream; charset=utf-8",
            stream: kept(context, eventStream(events, context.signal)),
          },
          undefined,
          // Proxies that buffer would hold events back.
          { "cache-control": "no-cache", "x-accel-buffering": "no" },
        ),
    },
  };
  return state;
}
