import type { ZodType, z } from "zod";
import {
  definition,
  isProvider,
  type Provider,
  provider,
  type SettingsOptions,
  type SettingsProviderDefinition,
  type SettingsShape,
} from "../contract/provider.ts";
import { KilnError } from "../errors/kiln-error.ts";
import { callerPlace } from "../errors/place.ts";
import { frozenCopy } from "./frozen.ts";
import { type Group, layoutOf } from "./layout.ts";
import { type Problem, problemLine } from "./problem.ts";
import { type Resolution, resolveSettings } from "./resolve.ts";
import { environmentOf, type LoadSettingsOptions } from "./sources.ts";

/** The values that a shape gives. */
export type SettingsValues<S extends SettingsShape> = {
  readonly [K in keyof S]: S[K] extends ZodType
    ? z.output<S[K]>
    : S[K] extends SettingsShape
      ? SettingsValues<S[K]>
      : never;
};

/**
 * The type of the values of settings.
 *
 * @example
 * ```ts
 * import { defineSettings, type SettingsOf } from "kilnjs";
 * import { z } from "zod";
 * const settings = defineSettings({ port: z.int().default(8000) });
 * type Settings = SettingsOf<typeof settings>;
 * export const localUrl = ({ port }: Settings): string => `http://127.0.0.1:${port}`;
 * ```
 */
export type SettingsOf<P extends Provider<unknown>> = P extends Provider<infer Value> ? Value : never;

/**
 * Declares the settings of an app. The key `databaseUrl` is `DATABASE_URL` in the environment, in `.env` files and in
 * the secrets folder, and `databaseUrl` in `settings.toml`; inside a group, `smtp: { host: ... }`, it is `SMTP__HOST` and
 * `[default.smtp] host`. Nothing is read until the app starts.
 *
 * @param shape a Zod schema per setting; a nested record or a `z.object` is a group. Text becomes numbers, booleans,
 *   dates and lists by the schema's type, without `z.coerce`
 * @param options `prefix` of the names in the environment, and the folder of secrets
 * @returns a provider of the values, for `needs` and for `kiln({ settings })`; the values are deeply frozen
 * @throws KilnError KILN_SETTINGS_SHAPE when a key or a value cannot work
 *
 * @example
 * ```ts
 * import { defineSettings, secret } from "kilnjs";
 * import { z } from "zod";
 * export const settings = defineSettings({
 *   databaseUrl: z.string().default("embedded:.data/postgres"),
 *   jwtSecret: secret().describe("Signs the login tokens"),
 *   smtp: { host: z.string().default("localhost"), port: z.int().default(25) },
 * });
 * ```
 */
export function defineSettings<const S extends SettingsShape>(
  shape: S,
  options: SettingsOptions = {},
): Provider<SettingsValues<S>, "app", never> {
  const place = callerPlace(defineSettings);
  const declared: SettingsProviderDefinition = {
    kind: "settings",
    place,
    shape,
    options,
    load: (overridden) => loadDeclared(declared, overridden),
  };
  // Wrong keys should fail here, where the stack leads to them, not when the app starts.
  layoutDeclared(declared);
  return provider(declared);
}

/**
 * Loads settings outside an app, for example in a script. Sources, highest first: `overrides`, the process environment,
 * the secrets folder, `.env.<env>`, `.env`, `settings.toml` `[<env>]`, `settings.toml` `[default]`, the schema's default.
 *
 * @param settings what `defineSettings` gave
 * @param options the environment's name, and where to look
 * @returns the values, deeply frozen
 * @throws KilnError KILN_SETTINGS_INVALID that lists every missing, wrong or unknown setting with its place
 *
 * @example
 * ```ts
 * import { defineSettings, loadSettings } from "kilnjs";
 * import { z } from "zod";
 * const settings = defineSettings({ port: z.int().default(8000) });
 * const { port } = await loadSettings(settings, { env: "test", overrides: { port: 0 } });
 * console.log(port);
 * ```
 */
export async function loadSettings<Value>(
  settings: Provider<Value, "app", never>,
  options: LoadSettingsOptions = {},
): Promise<Value> {
  // `Value` is by declaration what the shape of these settings gives.
  return (await loadDeclared(declaredBy(settings), options)) as Value;
}

/**
 * What settings were declared with.
 *
 * @throws KilnError KILN_PROVIDER_INVALID when the provider is of another kind
 */
export function declaredBy(settings: Provider<unknown>): SettingsProviderDefinition {
  const declared = isProvider(settings) ? settings[definition] : undefined;
  if (declared?.kind === "settings") return declared;
  throw new KilnError("KILN_PROVIDER_INVALID", {
    where: "settings",
    what: declared?.kind ?? typeof settings,
    why: "stands where settings are expected",
    fix: "Pass what `defineSettings` returned",
  });
}

/** The layout of declared settings. */
export function layoutDeclared({ shape, options, place }: SettingsProviderDefinition): Group {
  return layoutOf(shape, options.prefix ?? "", `defineSettings at ${place}`);
}

/** Looks up and validates declared settings without throwing for what is wrong with them. */
export function resolveDeclared(
  declared: SettingsProviderDefinition,
  options: LoadSettingsOptions,
): Promise<Resolution> {
  return resolveSettings(layoutDeclared(declared), declared.options, options);
}

async function loadDeclared(declared: SettingsProviderDefinition, options: LoadSettingsOptions): Promise<unknown> {
  const { problems, value } = await resolveDeclared(declared, options);
  if (problems.length > 0) throw settingsError(problems, environmentOf(options));
  return frozenCopy(value);
}

/** No cause: the errors of Zod and of the parsers may quote what they were given. */
function settingsError(problems: readonly Problem[], env: string): KilnError {
  const list = problems.map((problem) => `  - ${problemLine(problem)}`).join("\n");
  return new KilnError("KILN_SETTINGS_INVALID", {
    where: `the settings of environment ${env}`,
    what: problems.length === 1 ? "1 problem" : `${problems.length} problems`,
    why: "must be mended before the app can start",
    fix: `Look where each line says; \`kiln settings\` shows where every setting comes from:\n${list}`,
  });
}
