/**
 * `node:http` without its module facade: an ES import reads every export once, and among them is one whose reading
 * loads Node's whole HTTP client, a tenth of an app's start.
 */
export const http: typeof import("node:http") = process.getBuiltinModule("node:http");
