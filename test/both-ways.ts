import { test } from "node:test";
import type { App } from "kilnjs";
import { type TestApp, type TestAppOptions, testApp } from "kilnjs/testing";

/**
 * Runs a case twice, in process and over a real socket, on a fresh app each time.
 *
 * @param name what the case shows
 * @param make makes the app; called for each way, since an app is closed for registration once it was started
 * @param body the case
 */
export function bothWays(
  name: string,
  make: () => App,
  body: (t: TestApp, way: "in process" | "socket") => Promise<void>,
  options: TestAppOptions = {},
): void {
  for (const way of ["in process", "socket"] as const) {
    test(`${name} (${way})`, async () => {
      await using t = await testApp(make(), { ...options, socket: way === "socket" });
      await body(t, way);
    });
  }
}
