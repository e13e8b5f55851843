// The application
export type { AdminOptions } from "./admin/options.ts";
export { type App, type FastifyConfigure, kiln } from "./app/app.ts";
export type { HealthOptions } from "./app/health.ts";
export type { Listening, ListenOptions } from "./app/listen.ts";
export { JobNotFound, type JobStatusOptions, jobStatus } from "./app/job-status.ts";
export type { AppOptions, JobsOptions, ShutdownOptions } from "./app/options.ts";
export type { TlsOptions } from "./http/tls.ts";
export { type AnyRouter, type RouteOptions, type Router, type RouterOptions, router } from "./app/router.ts";

// Inputs
export { body, cookie, header, path, query, rawBody } from "./contract/inputs.ts";
export type { AppNeeds, InputOptions, Needs, Provider, Values } from "./contract/provider.ts";

// Values that every request has
export type { Background, CookieOptions, Reply, RequestInfo, ServerSentEvent } from "./contract/ambient.ts";
export { BackgroundFull, background, reply, request, signal } from "./contract/ambient.ts";
export { log } from "./logging/log.ts";
export type { Level, Logger, LoggingOptions, LogMethod } from "./logging/logger.ts";
export { currentSignal } from "./tasks/current-signal.ts";
export type { BackgroundOptions } from "./tasks/options.ts";

// Work in threads
export { type Blocking, type BlockingCallOptions, type BlockingOptions, blocking } from "./threads/pool/blocking.ts";
export { ThreadsBusy } from "./threads/pool/busy.ts";
export type { Cloneable, NotCloneable } from "./threads/pool/cloneable.ts";
export { move } from "./threads/pool/move.ts";
export type { ThreadOptions } from "./threads/pool/options.ts";

// Tracing
export { type DatabaseCall, type DatabaseTracer, databaseTracer } from "./tracing/database-tracer.ts";
export type { TracingOption, TracingOptions } from "./tracing/options.ts";

// Dependencies and resources
export { type DependsOptions, depends, type OnceOptions, type ResourceOptions, resource } from "./inject/depends.ts";

// Jobs
export { Accepted, type AcceptedOptions, accepted } from "./jobs/accepted.ts";
export {
  type JobAdmin,
  type JobChoice,
  type JobCounts,
  type JobError,
  type JobFilter,
  type JobInfo,
  type JobSchedule,
  type JobState,
  jobAdmin,
} from "./jobs/admin.ts";
export { type BatchItem, type BatchJobOptions, type BatchRun, batchJob } from "./jobs/batch-job.ts";
export type { Duration } from "./jobs/duration.ts";
export type { Enqueue, EnqueueCall, EnqueueOptions, JobTransaction, PayloadOf } from "./jobs/enqueue-types.ts";
export { GiveUp, JobCancelled, JobLost, JobTimeout } from "./jobs/give-up.ts";
export { type AnyJob, type Job, type JobOptions, type JobRun, job, type RetryOptions } from "./jobs/job.ts";

// Answers and errors
export { ClientGone, DeadlineExceeded, Draining, ServerClosing } from "./contract/abort.ts";
export { type Answer, answer } from "./contract/answer.ts";
export { HttpError, type HttpErrorClass, type HttpErrorOptions, httpError } from "./contract/http-error.ts";
export { type InputIssue, ValidationError } from "./contract/validation-error.ts";
export type { KilnErrorCode } from "./errors/catalogue.ts";
export { KilnError } from "./errors/kiln-error.ts";
export type { ErrorAnswer, ErrorScene } from "./http/error-handlers.ts";
export { Overloaded } from "./http/errors.ts";
export type { LoadOptions } from "./http/load-options.ts";

// Blocking work
export type { GuardMode, GuardOption, GuardSettings } from "./threads/guard/options.ts";
export type { StallWatchOption } from "./threads/stall/options.ts";

// Settings
export type { SettingsOptions, SettingsShape } from "./contract/provider.ts";
export { Secret } from "./contract/secret.ts";
export { defineSettings, loadSettings, type SettingsOf } from "./settings/define-settings.ts";
export type { LoadSettingsOptions } from "./settings/sources.ts";

// Models and fields
export { type BaseModelOptions, baseModel, type EncoderOf } from "./contract/base-model.ts";
export { date, datetime } from "./contract/date-fields.ts";
export {
  type BytesOptions,
  bytes,
  type DecimalOptions,
  decimal,
  email,
  objectId,
  secret,
  url,
} from "./contract/fields.ts";
export { type ModelMaker, model } from "./contract/model.ts";

// Security
export { safeEqual } from "./contract/safe-equal.ts";
export {
  type ApiKeyOptions,
  apiKey,
  type BasicCredential,
  type BearerOptions,
  basic,
  bearer,
  type OAuth2PasswordOptions,
  type OpenIdConnectOptions,
  oauth2Password,
  openIdConnect,
} from "./contract/security.ts";
export { type SchemeOptions, Unauthorized } from "./contract/security-scheme.ts";
