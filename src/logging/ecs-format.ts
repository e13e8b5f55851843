import { isoNow } from "./clock.ts";
import type { Format, LineParts, Origin } from "./format.ts";
import { addSafely, type Fields, readSafely, safeError, safeText } from "./safe-value.ts";

const version = "8.11.0";
const longestChain = 12;

// What a line says itself; a field of such a name goes to `app` with all that is not ECS.
const reserved = new Set(
  "@timestamp log.level message ecs.version service.name service.environment http.request.id".split(" "),
);

const accessLines = new Set(["request_received", "request_completed"]);
const accessNames = new Set(["method", "path", "route", "status_code", "duration_ms", "aborted"]);

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
    const isAccess = message !== undefined && accessLines.has(message);
    const top: Fields = isAccess ? ecsAccess(said) : {};
    const app: Fields = {};
    for (const name of Object.keys(said)) {
      if (isAccess && accessNames.has(name)) continue;
      const taken = reserved.has(name) || name in top || (error !== undefined && name.startsWith("error."));
      (name.includes(".") && !taken ? top : app)[name] = said[name];
    }
    if (requestId !== undefined) top["http.request.id"] = safeText(requestId);
    if (error !== undefined) top.error = ecsError(error);
    if (Object.keys(app).length > 0) top.app = app;
    return top;
  }

  const options: Format["options"] = {
    base: { "ecs.version": version, "service.name": service, "service.environment": environment },
    timestamp: () => `,"@timestamp":"${isoNow()}"`,
    formatters: {
      level: (level) => ({ "log.level": level }),
      // As for lines of JSON: the logger gives pino nothing but the parts of a line.
      log: (parts) => fieldsOf(parts as LineParts),
    },
  };
  return { options, add };
}

/** The fields of a request's two lines by their names in ECS; those it has no name for are labels. */
function ecsAccess({ method, path, route, status_code, duration_ms, aborted }: Fields): Fields {
  const target = String(path);
  const question = target.indexOf("?");
  const access: Fields = {
    "http.request.method": String(method),
    "url.path": question < 0 ? target : target.slice(0, question),
    "url.query": question < 0 ? undefined : target.slice(question + 1),
  };
  if (typeof status_code !== "number") return access;
  access["http.response.status_code"] = status_code;
  access["event.duration"] = Math.round(Number(duration_ms) * 1e6);
  access["event.outcome"] = aborted === true ? "unknown" : status_code < 500 ? "success" : "failure";
  access["labels.route"] = route;
  if (aborted === true) access["labels.aborted"] = "true";
  return access;
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
