import { createRequire } from "node:module";
import type { Family } from "./family.ts";

const require = createRequire(import.meta.url);

/** prom-client, if the app itself has loaded it: otherwise it has no metrics of its own. */
function loadedClient(): typeof import("prom-client") | undefined {
  try {
    const module = require.cache[require.resolve("prom-client")];
    // Whatever stands in the cache under this path is that package.
    return module?.loaded === true ? (module.exports as typeof import("prom-client")) : undefined;
  } catch {
    return undefined;
  }
}

/** What the app has registered with prom-client itself. */
export async function ownFamilies(): Promise<readonly Family[]> {
  const found = await loadedClient()?.register.getMetricsAsJSON();
  // `Family` is the part of this form that is used.
  return (found ?? []) as unknown as readonly Family[];
}
