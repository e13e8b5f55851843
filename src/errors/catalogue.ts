/**
 * Every code that a {@link KilnError} can carry, with the sentence that heads its section in `docs/errors.md`.
 * A test keeps this list, the docs page and the places that throw in step.
 */
export const catalogue = {
  KILN_REGISTRATION_CLOSED: "A route, router, hook or plugin was added after serving had started",
  KILN_PROVIDER_CYCLE: "Providers need each other in a circle",
  KILN_PROVIDER_LIFETIME: "A provider that lives as long as the app needs one that lives for a request",
  KILN_PROVIDER_INVALID: "Something in `needs` is not a provider",
  KILN_PROVIDER_GENERATOR: "A generator of a provider did not yield exactly once",
  KILN_PATH_NAME: "A `path()` name is not in the route's template",
  KILN_BODY_READERS: "Two declarations read the request body in ways that exclude each other",
  KILN_BODY_METHOD: "A route whose method has no body declares one",
  KILN_RESERVED_NAME: "A need has a name that is not allowed",
  KILN_ROUTE_DUPLICATE: "Two routes have the same method and path",
  KILN_ROUTE_INVALID: "A route was declared with a path or an option that cannot work",
  KILN_RESOURCE_OPEN: "A resource failed to open while the app started",
  KILN_PEER_MISSING: "An optional package that a feature needs is not installed",
  KILN_SETTINGS_INVALID: "Settings are missing, wrong or unknown",
  KILN_SETTINGS_SHAPE: "`defineSettings` was called with something that cannot be read from the environment",
} as const;

/** The stable code of a {@link KilnError}. */
export type KilnErrorCode = keyof typeof catalogue;
