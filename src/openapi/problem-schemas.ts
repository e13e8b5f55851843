import type { SchemaObject } from "./document-types.ts";

const members = {
  type: {
    type: "string",
    format: "uri-reference",
    description: "Names the kind of problem; its end is a stable code.",
  },
  title: { type: "string", description: "What went wrong, the same for every problem of this type." },
  status: { type: "integer", description: "The HTTP status." },
  detail: { type: "string", description: "What is special about this one." },
  instance: { type: "string", format: "uri-reference", description: "The path of the request." },
  request_id: { type: "string", description: "Names the request in the logs of the server." },
};

const required = ["type", "title", "status", "instance", "request_id"];

/** The body of an error, RFC 9457. Further members may follow. */
export const problemSchema: SchemaObject = {
  type: "object",
  description: "An error, as RFC 9457 describes it.",
  properties: members,
  required,
};

/** The body of a 422 that lists what does not fit. */
export const validationProblemSchema: SchemaObject = {
  type: "object",
  description: "An error, as RFC 9457 describes it, with everything in the request that does not fit.",
  properties: {
    ...members,
    errors: {
      type: "array",
      items: {
        type: "object",
        properties: {
          in: { type: "string", enum: ["path", "query", "header", "cookie", "body"] },
          path: {
            type: "array",
            items: { type: ["string", "integer"] },
            description: "Keys and indexes that lead to the value.",
          },
          code: { type: "string", description: "Stable code, for example `missing`." },
          message: { type: "string", description: "One sentence for people." },
        },
        required: ["in", "path", "code", "message"],
      },
    },
  },
  required: [...required, "errors"],
};
