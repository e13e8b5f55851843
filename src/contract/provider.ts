import type { ZodType } from "zod";
import type { HttpErrorClass } from "./http-error.ts";
import type { JobAdminDefinition, JobDefinition } from "./job-definition.ts";

/** How long a provider's value lives: one for the whole app, or one for each request. */
export type Lifetime = "app" | "request";

/** The key under which a provider keeps its {@link Definition}; nothing outside Kiln needs it. */
export const definition: unique symbol = Symbol.for("kilnjs.definition");

declare const types: unique symbol;

/**
 * Anything that can stand in `needs`. What a handler gets is `Value`; `Paths` are the `path()` names it reads, with
 * `"$self"` standing for the key it is needed under.
 */
export interface Provider<out Value, out Life extends Lifetime = Lifetime, out Paths extends string = string> {
  readonly [definition]: Definition;
  /** Exists for the compiler only. */
  readonly [types]: { readonly value: Value; readonly life: Life; readonly paths: Paths };
}

/** A record of providers: the keys are the names under which the values arrive. */
export type Needs = Readonly<Record<string, Provider<unknown>>>;

/** The same, for what lives as long as the app. */
export type AppNeeds = Readonly<Record<string, Provider<unknown, "app">>>;

/** The values that a function with these needs is called with. */
export type Values<N extends Needs> = {
  readonly [K in keyof N]: N[K] extends Provider<infer Value, Lifetime, string> ? Value : never;
};

/** The `path()` names that these needs read, at any depth. */
export type PathsOf<N extends Needs> = {
  [K in keyof N]: N[K] extends Provider<unknown, Lifetime, infer P> ? (P extends "$self" ? K & string : P) : never;
}[keyof N];

/** Where an input is read from. */
export type InputSource = "path" | "query" | "header" | "cookie" | "body" | "rawBody";

/** An input, as declared: `schema` is absent for `rawBody`. */
export interface InputDefinition {
  readonly kind: "input";
  readonly source: InputSource;
  readonly schema: ZodType | undefined;
  /** The name on the wire, where it is not that of the key. */
  readonly name: string | undefined;
  readonly options: InputOptions;
}

/** What may be said of an input beside its schema. */
export interface InputOptions {
  /** The name on the wire, where it is not the key (camelCase becomes kebab-case for headers). */
  readonly name?: string;
  /** Shown in the docs. */
  readonly description?: string;
  /** Shown in the docs as one that callers should no longer send. */
  readonly deprecated?: boolean;
  /** Examples of the wire value, by name, for the docs. */
  readonly examples?: readonly unknown[];
  /** Masks the value wherever the URL is logged. */
  readonly secret?: boolean;
}

/** A value that every request has. */
export interface AmbientDefinition {
  readonly kind: "ambient";
  readonly name: "request" | "reply" | "log" | "signal" | "background";
}

/** A function of other providers, run once per request. */
export interface DependsDefinition {
  readonly kind: "depends";
  readonly name: string;
  /** `file:line` of the declaration, for errors and the stall watch. */
  readonly place: string;
  readonly needs: Needs;
  readonly resolve: (values: never) => unknown;
  readonly raises: readonly HttpErrorClass[];
  readonly until: "handled" | "sent";
  readonly concurrent: boolean;
}

/** Something opened when the app starts and closed when it ends. */
export interface ResourceDefinition {
  readonly kind: "resource";
  readonly name: string;
  readonly place: string;
  readonly needs: AppNeeds;
  readonly open: (values: never) => unknown;
  readonly check: ((value: never, scene: { readonly signal: AbortSignal }) => unknown) | undefined;
  readonly gauges: ((value: never) => Readonly<Record<string, number>>) | undefined;
  /** What Kiln itself may use it for: jobs are kept in a database. */
  readonly role: "database" | undefined;
  /** Whether one process of several opens it, and the others go without. */
  readonly once: boolean;
}

/** A security scheme of OpenAPI: reads a credential from the request head. */
export interface SchemeDefinition {
  readonly kind: "scheme";
  /** The key under `components.securitySchemes`. */
  readonly name: string;
  /** The scheme object of the OpenAPI specification. */
  readonly scheme: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
  readonly optional: boolean;
  /** The `WWW-Authenticate` value of a 401. */
  readonly challenge: string;
  readonly read: (head: RequestHead) => unknown;
}

/** What settings are declared with: a schema per setting; a nested record is a group of them. */
export interface SettingsShape {
  readonly [key: string]: ZodType | SettingsShape;
}

/** What may be said of settings beside their schemas. */
export interface SettingsOptions {
  /** Put before every name in the environment, for example `"APP_"`. */
  readonly prefix?: string;
  /** The folder with one file per secret; `KILN_SECRETS_DIR` wins over it. Default `/run/secrets`. */
  readonly secretsDir?: string;
}

/** Settings, loaded once before anything else opens. */
export interface SettingsProviderDefinition {
  readonly kind: "settings";
  /** `file:line` of the declaration, for errors. */
  readonly place: string;
  readonly shape: SettingsShape;
  readonly options: SettingsOptions;
  /** Loads and validates; `overrides` win over every source. Rejects with a KilnError that lists every problem. */
  readonly load: (options: {
    readonly overrides?: Readonly<Record<string, unknown>>;
    readonly env?: string;
  }) => Promise<unknown>;
}

/** The part of a request that is there before its body. */
export interface RequestHead {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** The query string as sent, without the question mark. */
  readonly queryString: string;
}

/** What a provider is at run time. */
export type Definition =
  | InputDefinition
  | AmbientDefinition
  | DependsDefinition
  | ResourceDefinition
  | SchemeDefinition
  | SettingsProviderDefinition
  | JobDefinition
  | JobAdminDefinition;

/** Tells a provider from any other value. */
export function isProvider(value: unknown): value is Provider<unknown> {
  return typeof value === "object" && value !== null && definition in value;
}

/** Wraps a definition as the typed provider that users pass around. */
export function provider<Value, Life extends Lifetime, Paths extends string>(
  definitionOf: Definition,
): Provider<Value, Life, Paths> {
  // The type parameters have no run-time trace, so nothing that this cast claims can be wrong at run time but the
  // definition's own shape, which the parameter checks.
  return Object.freeze({ [definition]: definitionOf }) as unknown as Provider<Value, Life, Paths>;
}
