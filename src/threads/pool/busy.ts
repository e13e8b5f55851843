import { type HttpErrorClass, httpError } from "../../contract/http-error.ts";

/** Thrown by a call when all threads are at work and as many calls wait as may; sent as a 503 with `Retry-After`. */
export const ThreadsBusy: HttpErrorClass<503, "threads_busy"> = httpError(
  503,
  "threads_busy",
  "The server has more to compute than it can take on now",
);
