import { type HttpErrorClass, httpError } from "./http-error.ts";

/** The reason of a `signal` whose request or task took longer than its deadline; the client of a request gets it as a 503. */
export const DeadlineExceeded: HttpErrorClass<503, "deadline_exceeded"> = httpError(
  503,
  "deadline_exceeded",
  "The request took longer than it may",
);

/** The reason of a `signal` whose request or task was still at work when the grace of a shutdown ended; sent as a 503. */
export const ServerClosing: HttpErrorClass<503, "server_closing"> = httpError(
  503,
  "server_closing",
  "The server is closing and cannot finish the request",
);

/** The reason of a `signal` whose client has left; nobody gets it. */
export class ClientGone extends Error {
  override readonly name: string = "ClientGone";
  constructor() {
    super("The client closed the connection before it had the answer");
  }
}

/** The reason of a `signal` when the server shuts down; streams and sockets are told first. */
export class Draining extends Error {
  override readonly name: string = "Draining";
  constructor() {
    super("draining");
  }
}
