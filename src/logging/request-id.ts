import { randomUUID } from "node:crypto";

const sane = /^[A-Za-z0-9._:~+/=@-]{1,128}$/;

/**
 * The id of a request: the one its caller sent, when that is harmless, else a new one. A new one is random, because it
 * is sent back and a counter would tell strangers how many requests the service gets.
 *
 * @param header the value of `x-request-id`
 * @returns 1 to 128 characters of `A-Z a-z 0-9 . _ : ~ + / = @ -`
 */
export function acceptRequestId(header: string | string[] | undefined): string {
  const value = typeof header === "object" && header.length === 1 ? header[0] : header;
  return typeof value === "string" && sane.test(value) ? value : randomUUID();
}
