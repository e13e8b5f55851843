/** A JSON Schema of draft 2020-12, the dialect of OpenAPI 3.1. */
export interface SchemaObject {
  [keyword: string]: unknown;
}

/** One example, as OpenAPI writes it. */
export interface ExampleObject {
  readonly summary?: string;
  readonly value: unknown;
}

/** The content of a body in one media type. */
export interface MediaTypeObject {
  readonly schema?: SchemaObject;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, ExampleObject>>;
}

/** Where a parameter is sent. */
export type ParameterPlace = "path" | "query" | "header" | "cookie";

/** A parameter of an operation. */
export interface ParameterObject {
  readonly name: string;
  readonly in: ParameterPlace;
  readonly required?: boolean;
  readonly deprecated?: boolean;
  readonly description?: string;
  readonly style?: "form" | "simple";
  readonly explode?: boolean;
  readonly schema: SchemaObject;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, ExampleObject>>;
}

/** The body of a request. */
export interface RequestBodyObject {
  readonly description?: string;
  readonly required: boolean;
  readonly content: Readonly<Record<string, MediaTypeObject>>;
}

/** A header of a response. */
export interface HeaderObject {
  readonly description?: string;
  readonly schema: SchemaObject;
}

/** The answer of one status. */
export interface ResponseObject {
  readonly description: string;
  readonly headers?: Readonly<Record<string, HeaderObject>>;
  readonly content?: Readonly<Record<string, MediaTypeObject>>;
}

/** Schemes that must all be met, with the scopes asked of each; an empty one asks for nothing. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

/** One method of one path. */
export interface OperationObject {
  readonly operationId: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: RequestBodyObject;
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly security?: readonly SecurityRequirement[];
}

/** The operations of one path, by method in lower case. */
export type PathItemObject = Readonly<Record<string, OperationObject>>;

/** A tag with its description. */
export interface TagObject {
  readonly name: string;
  readonly description?: string;
}

/** Where the API is reached. */
export interface ServerObject {
  readonly url: string;
  readonly description?: string;
}

/** What the document names once and refers to. */
export interface ComponentsObject {
  readonly schemas?: Readonly<Record<string, SchemaObject>>;
  readonly securitySchemes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** An OpenAPI document of version 3.1. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>> & { readonly title: string; readonly version: string };
  readonly servers?: readonly ServerObject[];
  readonly tags?: readonly TagObject[];
  readonly paths: Readonly<Record<string, PathItemObject>>;
  readonly components?: ComponentsObject;
}
