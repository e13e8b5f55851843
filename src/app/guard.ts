import type { RootLogger } from "../logging/logger.ts";
import type { Guard } from "../threads/guard/guard.ts";
import { type GuardOption, guardRules } from "../threads/guard/options.ts";
import { environmentName, isProduction } from "./environment.ts";

/** Sets up the guard of an app against synchronous I/O. In production its code is not even loaded. */
export async function openGuard(
  option: GuardOption | undefined,
  env: string,
  log: RootLogger,
): Promise<Guard | undefined> {
  const rules = guardRules(option);
  if (isProduction(env) || rules.mode === "off") return undefined;
  const { installGuard } = await import("../threads/guard/guard.ts");
  return installGuard(log, rules);
}

/** Has the guard see the calls of packages that are loaded from here on; before the app's own modules are. */
export async function watchPackages(): Promise<void> {
  if (isProduction(environmentName())) return;
  const { watchFromStart } = await import("../threads/guard/guard.ts");
  watchFromStart();
}
