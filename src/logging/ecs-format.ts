import { isoNow } from "./clock.ts";
import { type FieldJson, fieldJson } from "./field-json.ts";
import type { Format, LineParts, Origin } from "./format.ts";
import { readSafely, textJson } from "./value-json.ts";

const version = "8.11.0";
const longestChain = 12;

// What a line says itself; a field of such a name goes to `app` with all that is not ECS.
const reserved = new Set(
  "@timestamp log.level message ecs.version service.name service.environment http.request.id".split(" "),
);

const accessLines = new Set(["request_received", "request_completed"]);
const accessFields = ["method", "path", "route", "status_code", "duration_ms", "aborted"];
const noNames: ReadonlySet<string> = new Set();

/** One ECS document: what ECS names stands at the top, what it does not know in `app`. */
interface Document {
  readonly top: string;
  readonly app: string;
}

/**
 * The Elastic Common Schema. Fields with a dot in their name, such as `user.id`, are taken as ECS names; all others go
 * into the object `app`, because `user`, `host` or `error` would collide there with objects of the schema and
 * Elasticsearch would refuse the whole line.
 */
export function ecsFormat(isSecret: (name: string) => boolean, origin: Origin): Format {
  const json = fieldJson(isSecret, noNames);
  const tail =
    `,"ecs.version":"${version}"` +
    (origin.service === undefined ? "" : `,"service.name":${textJson(origin.service)}`) +
    (origin.environment === undefined ? "" : `,"service.environment":${textJson(origin.environment)}`);

  function line(parts: LineParts): string {
    const { level, message, scope, error } = parts;
    let text = `{"@timestamp":"${isoNow()}","log.level":"${level}"`;
    if (message !== undefined) text += `,"message":${textJson(message)}`;
    text += tail + scope;
    const { top, app } = documentOf(json, parts);
    text += top;
    if (error !== undefined) text += `,"error":${errorJson(error)}`;
    if (app !== "") text += `,"app":{${app.slice(1)}}`;
    return `${text}}\n`;
  }

  return { json, scope: (requestId) => `,"http.request.id":${textJson(requestId)}`, line };
}

function documentOf(json: FieldJson, { message, bound, fields, error }: LineParts): Document {
  const values = new Map(bound);
  if (fields !== undefined) json.fields(fields, (name, value) => values.set(name, value));
  if (error !== undefined) values.set("err", json.error(error, false));
  if (message !== undefined && accessLines.has(message)) nameAccess(values, fields ?? {});
  let top = "";
  let app = "";
  for (const [name, value] of values) {
    const ofSchema = name.includes(".") && !reserved.has(name) && !(error !== undefined && name.startsWith("error."));
    if (ofSchema) top += json.open(name) + value;
    else app += json.open(name) + value;
  }
  return { top, app };
}

/** Gives the fields of a request's two lines the names of ECS; those it has no name for become labels. */
function nameAccess(values: Map<string, string>, fields: object): void {
  for (const name of accessFields) values.delete(name);
  const path = String(readSafely(fields, "path"));
  const question = path.indexOf("?");
  values.set("http.request.method", textJson(String(readSafely(fields, "method"))));
  values.set("url.path", textJson(question < 0 ? path : path.slice(0, question)));
  if (question >= 0) values.set("url.query", textJson(path.slice(question + 1)));
  const status = readSafely(fields, "status_code");
  if (typeof status !== "number") return;
  const aborted = readSafely(fields, "aborted") === true;
  const route = readSafely(fields, "route");
  values.set("http.response.status_code", String(status));
  values.set("event.duration", String(Math.round(Number(readSafely(fields, "duration_ms")) * 1e6)));
  values.set("event.outcome", aborted ? '"unknown"' : status < 500 ? '"success"' : '"failure"');
  if (typeof route === "string") values.set("labels.route", textJson(route));
  if (aborted) values.set("labels.aborted", '"true"');
}

function errorJson(error: Error): string {
  const name = readSafely(error, "name");
  const code = readSafely(error, "code");
  let text = `"type":${textJson(typeof name === "string" && name !== "" ? name : "Error")}`;
  text += `,"message":${textJson(String(readSafely(error, "message")))}`;
  if (typeof code === "string" || typeof code === "number") text += `,"code":${textJson(String(code))}`;
  return `{${text},"stack_trace":${textJson(stackChain(error))}}`;
}

function stackChain(error: Error): string {
  const stacks: string[] = [];
  let next: unknown = error;
  while (next instanceof Error && stacks.length < longestChain) {
    const stack = readSafely(next, "stack");
    stacks.push(typeof stack === "string" ? stack : String(readSafely(next, "message")));
    next = readSafely(next, "cause");
  }
  return stacks.join("\nCaused by: ");
}
