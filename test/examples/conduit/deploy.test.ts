// The files of the deployment agree with what the app logs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { appRecord } from "../../../src/app/app.ts";
import { ecsFields, ecsVersion } from "../../logging/ecs-fields.ts";

const folder = new URL("../../../examples/conduit/deploy/", import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}

interface Mapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Mapping>>;
}

function typesOf({ properties = {} }: Mapping, path = ""): [string, string][] {
  return Object.entries(properties).flatMap(([name, mapping]) => {
    const full = path === "" ? name : `${path}.${name}`;
    return mapping.properties === undefined ? [[full, mapping.type ?? ""]] : typesOf(mapping, full);
  });
}

const filebeat = parse(read("filebeat.yml"));
const template = JSON.parse(read("index-template.json"));

test("the index template has every field of a line, with the type that the schema gives it", () => {
  const { labels, app, ...types } = Object.fromEntries(typesOf(template.template.mappings));
  assert.deepEqual(types, ecsFields);
  // What the app itself logs may have any shape, and a text today where it had a number yesterday.
  assert.deepEqual([labels, app], ["object", "flattened"]);
  assert.match(template._meta.description, new RegExp(ecsVersion.replaceAll(".", "\\.")));
});

test("filebeat takes the fields as they are, and only those of this app", async () => {
  const [input] = filebeat["filebeat.inputs"];
  assert.equal(input.type, "filestream");
  assert.ok(input.id, "a filestream without an id loses its place");
  const [container, { ndjson }] = input.parsers;
  assert.deepEqual(container, { container: { stream: "stdout" } });
  assert.deepEqual(ndjson, { target: "", overwrite_keys: true, expand_keys: true, add_error_key: true });
  const [{ drop_event: drop }] = filebeat.processors;
  const { default: app } = await import("../../../examples/conduit/main.ts");
  assert.equal(drop.when.not.equals["service.name"], app[appRecord].options.title);
});

test("filebeat loads the template, and writes where it holds", () => {
  const [pattern] = template.index_patterns;
  assert.equal(filebeat["setup.template.pattern"], pattern);
  assert.equal(filebeat["setup.template.json.enabled"], true);
  assert.equal(filebeat["setup.template.json.data_stream"], "data_stream" in template);
  assert.equal(filebeat["setup.template.json.name"], filebeat["setup.template.name"]);
  assert.match(filebeat["setup.template.json.path"], /\/index-template\.json$/);
  const index = filebeat["output.elasticsearch"].index.replace("%{[service.environment]}", "production");
  assert.ok(matchesGlob(index, pattern), index);
  // Elasticsearch has a template of its own for logs-*-*, with priority 100.
  assert.ok(template.priority > 100);
});
