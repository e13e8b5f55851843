import { isoNow } from "./clock.ts";
import { fieldJson } from "./field-json.ts";
import { boundText, type Format, type LineParts, type Origin } from "./format.ts";
import { textJson } from "./value-json.ts";

const reserved = new Set(["level", "time", "message", "service", "environment", "request_id"]);

/** One JSON object per line: level, time, message, service, environment, request_id, then the fields. */
export function jsonFormat(isSecret: (name: string) => boolean, origin: Origin): Format {
  const json = fieldJson(isSecret, reserved);
  const tail =
    (origin.service === undefined ? "" : `,"service":${textJson(origin.service)}`) +
    (origin.environment === undefined ? "" : `,"environment":${textJson(origin.environment)}`);

  function line(parts: LineParts): string {
    const { level, message, scope, bound, fields, error } = parts;
    let text = `{"level":"${level}","time":"${isoNow()}"`;
    if (message !== undefined) text += `,"message":${textJson(message)}`;
    text += tail + scope;
    if (bound !== undefined) text += boundText(json, bound, parts);
    if (fields !== undefined) text += json.text(fields, error === undefined ? undefined : "err");
    if (error !== undefined) text += `,"err":${json.error(error)}`;
    return `${text}}\n`;
  }

  return { json, scope: (requestId) => `,"request_id":${textJson(requestId)}`, line };
}
