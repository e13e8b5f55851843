// The application
export { type App, type FastifyConfigure, kiln } from "./app/app.ts";
export type { Listening, ListenOptions } from "./app/listen.ts";
export type { AppOptions, ShutdownOptions } from "./app/options.ts";
export { type AnyRouter, type RouteOptions, type Router, type RouterOptions, router } from "./app/router.ts";
export { ClientGone, DeadlineExceeded, Draining } from "./contract/abort.ts";
export type { Background, CookieOptions, Reply, RequestInfo, ServerSentEvent } from "./contract/ambient.ts";
// Values that every request has
export { background, reply, request, signal } from "./contract/ambient.ts";
// Answers and errors
export { type Answer, answer } from "./contract/answer.ts";
export { HttpError, type HttpErrorClass, type HttpErrorOptions, httpError } from "./contract/http-error.ts";
// Inputs
export { body, cookie, header, path, query, rawBody } from "./contract/inputs.ts";
export type { AppNeeds, InputOptions, Needs, Provider, SettingsOptions, SettingsShape, Values } from "./contract/provider.ts";
export { Secret } from "./contract/secret.ts";
export { type InputIssue, ValidationError } from "./contract/validation-error.ts";
export type { KilnErrorCode } from "./errors/catalogue.ts";
export { KilnError } from "./errors/kiln-error.ts";
export type { ErrorAnswer, ErrorScene } from "./http/error-handlers.ts";
// Models and fields
export { type BaseModelOptions, baseModel } from "./contract/base-model.ts";
export { date, datetime } from "./contract/date-fields.ts";
export { bytes, decimal, email, objectId, secret, url } from "./contract/fields.ts";
export { model } from "./contract/model.ts";
// Security
export { safeEqual } from "./contract/safe-equal.ts";
export { apiKey, basic, bearer, oauth2Password, openIdConnect, Unauthorized } from "./contract/security.ts";
// Dependencies and resources
export { type DependsOptions, depends, type ResourceOptions, resource } from "./inject/depends.ts";
export { log } from "./logging/log.ts";
export type { Logger, LoggingOptions } from "./logging/logger.ts";
// Settings
export { defineSettings, loadSettings, type SettingsOf } from "./settings/define-settings.ts";
export type { LoadSettingsOptions } from "./settings/sources.ts";
