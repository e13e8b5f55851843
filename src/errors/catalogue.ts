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
  KILN_RESPONSE_STATUS: "A handler answered with a status that its `returns` does not declare",
  KILN_RESPONSE_INVALID: "A handler returned a value that its `returns` does not accept",
  KILN_RESOURCE_OPEN: "A resource failed to open while the app started",
  KILN_MODEL_NOT_JSON: "A schema holds a type that JSON cannot carry",
  KILN_MODEL_NOT_TEXT: "A schema for a parameter, header or cookie holds a type that no text can be read as",
  KILN_MODEL_ONE_WAY: "A schema for responses transforms values in a way that cannot be undone",
  KILN_MODEL_WIRE_NAME: "A base model maps a key to a wire name that cannot be used",
  KILN_PEER_MISSING: "An optional package that a feature needs is not installed",
  KILN_SETTINGS_INVALID: "Settings are missing, wrong or unknown",
  KILN_SETTINGS_SHAPE: "`defineSettings` was called with something that cannot be read from the environment",
  KILN_OPENAPI_ASSETS: "The files of the docs pages are not where they should be",
  KILN_OPENAPI_NAME_CLASH: "Two different models would have the same name in the OpenAPI document",
  KILN_OPENAPI_OPERATION_ID: "Two routes name the same `operationId`",
  KILN_SECURITY_SCHEME: "A security scheme was declared with something that cannot stand in a header",
  KILN_LOG_DESTINATION: "The destination of the log cannot be opened",
  KILN_POSTGRES_EMBEDDED: "The embedded database did not start",
  KILN_POSTGRES_EMBEDDED_PRODUCTION: "An embedded database was asked for in production without being allowed by name",
  KILN_POSTGRES_MIGRATION: "The migrations of a database cannot be applied",
  KILN_POSTGRES_RELEASED: "A connection or transaction was used after its request had ended",
  KILN_POSTGRES_TRANSACTION: "A transaction could not be committed, or was begun or ended by hand",
  KILN_POSTGRES_UNREACHABLE: "The database did not answer when the app started",
  KILN_POSTGRES_URL: "The URL of a database is not one that can be used",
  KILN_LOG_LEVEL: "The level of the log is none of the seven",
  KILN_TEST_APP: "`testApp` was called with something that is no app",
  KILN_TEST_LEAK: "A test app was closed while something of it had not ended",
  KILN_TEST_NO_SOCKET: "The URL of a test app was asked for that has no socket",
  KILN_TEST_NOT_JSON: "A test read an answer as JSON that is none",
  KILN_TEST_VALUE: "A test asked for a value that the app does not have",
} as const;

/** The stable code of a {@link KilnError}. */
export type KilnErrorCode = keyof typeof catalogue;
