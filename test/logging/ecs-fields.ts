/** The version of the Elastic Common Schema that the table below is from. */
export const ecsVersion = "8.11.0";

/** The fields of the schema that lines of the format `ecs` have, with their types, from its list of fields. */
export const ecsFields: Readonly<Record<string, string>> = {
  "@timestamp": "date",
  message: "match_only_text",
  "ecs.version": "keyword",
  "log.level": "keyword",
  "service.name": "keyword",
  "service.environment": "keyword",
  "http.request.id": "keyword",
  "http.request.method": "keyword",
  "http.response.status_code": "long",
  "url.path": "wildcard",
  "url.query": "keyword",
  "event.duration": "long",
  "event.outcome": "keyword",
  "error.type": "keyword",
  "error.message": "match_only_text",
  "error.code": "keyword",
  "error.stack_trace": "wildcard",
};

/** Objects whose members the schema leaves to the writer (`labels`), and the one that is no part of it (`app`). */
export const openObjects: readonly string[] = ["labels", "app"];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A line as Filebeat and Elasticsearch see it, where names with dots and nested objects are the same; open objects keep
 * their members.
 *
 * @throws Error when one name stands twice, or a value stands where another field has an object
 */
export function flattened(line: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const objects = new Set<string>();
  const add = (path: string, value: unknown): void => {
    if (isObject(value) && !openObjects.includes(path)) {
      for (const [name, inner] of Object.entries(value)) add(`${path}.${name}`, inner);
      return;
    }
    if (found.has(path)) throw new Error(`${path} stands twice`);
    found.set(path, value);
    const parts = path.split(".");
    for (let length = 1; length < parts.length; length++) objects.add(parts.slice(0, length).join("."));
  };
  for (const [name, value] of Object.entries(line)) add(name, value);
  for (const path of objects) if (found.has(path)) throw new Error(`${path} is a value and an object`);
  return found;
}
