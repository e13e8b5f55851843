import { z } from "zod";
import type { InputNode } from "../inject/graph.ts";
import type { MediaTypeObject, RequestBodyObject, SchemaObject } from "./document-types.ts";
import { present } from "./json.ts";
import { examplesOf, isOptional } from "./parameters.ts";
import type { SchemaBook } from "./schema-book.ts";

function schemaOf(node: InputNode): z.ZodType {
  return node.definition.schema ?? z.unknown();
}

function single(node: InputNode, book: SchemaBook, where: string): RequestBodyObject {
  const { options } = node.definition;
  return present<RequestBodyObject>({
    description: options.description,
    required: !isOptional(schemaOf(node)),
    content: {
      "application/json": { schema: book.use(schemaOf(node), "input", where), ...examplesOf(options.examples) },
    },
  });
}

/** Several bodies are the properties of one object. */
function combined(nodes: readonly InputNode[], book: SchemaBook, where: string): RequestBodyObject {
  const properties: Record<string, SchemaObject> = {};
  const required = new Set<string>();
  for (const node of nodes) {
    const { description } = node.definition.options;
    const schema = book.use(schemaOf(node), "input", where);
    if (description !== undefined) schema.description = description;
    properties[node.name] = schema;
    if (!isOptional(schemaOf(node))) required.add(node.name);
  }
  const schema = { type: "object", properties, ...(required.size > 0 ? { required: [...required] } : {}) };
  const media: MediaTypeObject = { schema };
  return { required: required.size > 0, content: { "application/json": media } };
}

function raw(node: InputNode): RequestBodyObject {
  const { options } = node.definition;
  return present<RequestBodyObject>({
    description: options.description,
    required: false,
    content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
  });
}

/** What a route reads from the body; undefined when nothing. A raw body beside a JSON one adds nothing to say. */
export function requestBodyOf(
  inputs: readonly InputNode[],
  book: SchemaBook,
  where: string,
): RequestBodyObject | undefined {
  const bodies = inputs.filter(({ definition }) => definition.source === "body");
  const [first] = bodies;
  if (first !== undefined) return first.name === "" ? single(first, book, where) : combined(bodies, book, where);
  const bytes = inputs.find(({ definition }) => definition.source === "rawBody");
  return bytes === undefined ? undefined : raw(bytes);
}
