export type { CapturedLogs, LogLine, LogMatch } from "./captured-logs.ts";
export type { QueryValue, TestRequest } from "./client-request.ts";
export type { CookieJar } from "./cookie-jar.ts";
export type { Replacing, TestAppOptions, TestLogging } from "./options.ts";
export type { TestResponse } from "./response.ts";
export { type TestApp, type TestCall, testApp } from "./test-app.ts";
