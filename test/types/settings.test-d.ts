import { z } from "zod";
import { secret } from "../../src/contract/fields.ts";
import type { Provider } from "../../src/contract/provider.ts";
import type { Secret } from "../../src/contract/secret.ts";
import { defineSettings, loadSettings, type SettingsOf } from "../../src/settings/define-settings.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<T extends true>(): T | undefined {
  return undefined;
}

const settings = defineSettings(
  {
    port: z.int().default(8000),
    key: secret(),
    region: z.enum(["eu", "us"]).optional(),
    smtp: { host: z.string(), auth: { user: z.string() } },
    tls: z.object({ cert: z.string(), port: z.int().default(443) }).optional(),
    length: z.string().transform((text) => text.length),
  },
  { prefix: "APP_" },
);

type Settings = SettingsOf<typeof settings>;
holds<Equal<Settings["port"], number>>();
holds<Equal<Settings["key"], Secret>>();
holds<Equal<Settings["region"], "eu" | "us" | undefined>>();
holds<Equal<Settings["smtp"]["host"], string>>();
holds<Equal<Settings["smtp"]["auth"]["user"], string>>();
holds<Equal<Settings["tls"], { cert: string; port: number } | undefined>>();
holds<Equal<Settings["length"], number>>();

// They live as long as the app, read no path, and so may stand in the needs of a resource.
const provided: Provider<Settings, "app", never> = settings;
const loaded: Promise<Settings> = loadSettings(provided, { env: "test", overrides: { port: 0 } });

async function use(): Promise<void> {
  const values = await loaded;
  // @ts-expect-error the settings cannot be changed
  values.port = 1;
  // @ts-expect-error nor those of a group
  values.smtp.host = "other";
  // @ts-expect-error a name that is no setting
  values.prot;
  // @ts-expect-error a secret is no text
  values.key satisfies string;
}

// @ts-expect-error a value is no schema
defineSettings({ port: 8000 });
// @ts-expect-error an option that does not exist
defineSettings({ port: z.int() }, { prefx: "APP_" });
// @ts-expect-error only settings can be loaded
void loadSettings(z.object({ port: z.int() }));

export { use };
