import { openPool } from "../../../src/integrations/postgres/open-pool.ts";
import type { PostgresOptions } from "../../../src/integrations/postgres/options.ts";
import type { KilnPool } from "../../../src/integrations/postgres/pool.ts";

/** Opens a pool as an app does, and closes it when the block ends. */
export async function poolOf(options: PostgresOptions): Promise<KilnPool & AsyncDisposable> {
  const opening = openPool(options);
  const { value } = await opening.next();
  if (value === undefined) throw new Error("the pool was not given");
  return Object.assign(value, {
    [Symbol.asyncDispose]: async () => {
      await opening.next();
    },
  });
}
