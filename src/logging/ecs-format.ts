import type { Format, LineParts, Origin } from "./format.ts";
import { addSafely, type Fields, readSafely, safeError, safeText } from "./safe-value.ts";

const version = "8.11.0";
const longestChain = 12;

// What a line says itself; a field of such a name goes to `app` with all that is not ECS.
const reserved = new Set(
  "@timestamp log.level message ecs.version service.name service.environment http.request.id".split(" "),
);

const accessLines = new Set(["request_received", "request_completed"]);

/**
 * The Elastic Common Schema. Fields with a dot in their name, such as `user.id`, are taken as ECS names; all others go
 * into the object `app`, because `user`, `host` or `error` would collide there with objects of the schema and
 * Elasticsearch would refuse the whole line. Elastic's own format for pino leaves them at the top, and writes errors
 * without their causes and with what URLs in them hide.
 */
export function ecsFormat(isSecret: (name: string) => boolean, { service, environment }: Origin): Format {
  function add(target: Fields, source: object): void {
    addSafely(target, source, isSecret);
  }

  function fieldsOf({ message, requestId, bound, fields, error }: LineParts): Fields {
    const said: Fields = { ...bound };
    if (fields !== undefined) add(said, fields);
    if (error !== undefined) said.err = safeError(error, isSecret, false);
    const access = message !== undefined && accessLines.has(message) ? accessFields(said) : {};
    const top: Fields = {};
    const app: Fields = {};
    for (const [name, value] of Object.entries(said)) {
      const ofSchema = name.includes(".") && !reserved.has(name) && !(error !== undefined && name.startsWith("error."));
      (ofSchema ? top : app)[name] = value;
    }
    Object.assign(top, access);
    if (requestId !== undefined) top["http.request.id"] = safeText(requestId);
    if (error !== undefined) top.error = ecsError(error);
    if (Object.keys(app).length > 0) top.app = app;
    return top;
  }

  const options: Format["options"] = {
    base: { "ecs.version": version, "service.name": service, "service.environment": environment },
    timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
    formatters: {
      level: (level) => ({ "log.level": level }),
      // As for lines of JSON: the logger gives pino nothing but the parts of a line.
      log: (parts) => fieldsOf(parts as LineParts),
    },
  };
  return { options, add };
}

/** Takes the fields of a request's two lines out, and gives them the names of ECS or, where it has none, of labels. */
function accessFields(said: Fields): Fields {
  const { method, path, route, status_code, duration_ms, aborted } = said;
  for (const name of ["method", "path", "route", "status_code", "duration_ms", "aborted"]) delete said[name];
  const [before = "", ...query] = String(path).split("?");
  const received = { "http.request.method": String(method), "url.path": before };
  if (query.length > 0) Object.assign(received, { "url.query": query.join("?") });
  if (typeof status_code !== "number") return received;
  return {
    ...received,
    "http.response.status_code": status_code,
    "event.duration": Math.round(Number(duration_ms) * 1e6),
    "event.outcome": aborted === true ? "unknown" : status_code < 500 ? "success" : "failure",
    "labels.route": route,
    "labels.aborted": aborted === true ? "true" : undefined,
  };
}

function ecsError(error: Error): Fields {
  const name = readSafely(error, "name");
  const code = readSafely(error, "code");
  return {
    type: typeof name === "string" && name !== "" ? safeText(name) : "Error",
    message: safeText(String(readSafely(error, "message"))),
    code: typeof code === "string" || typeof code === "number" ? safeText(String(code)) : undefined,
    stack_trace: safeText(stackChain(error)),
  };
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
