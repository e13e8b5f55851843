import { createRequire } from "node:module";

/** What Fastify's own packages export: a selector that gives the factory. */
type Selector = () => (...args: readonly unknown[]) => unknown;

/** Loads a package that Fastify brings along, as Fastify would. */
function ofFastify(name: string): (...args: readonly unknown[]) => unknown {
  // Both packages export a selector of this shape; that is how Fastify itself uses them.
  const select = createRequire(import.meta.resolve("fastify"))(name) as Selector;
  return select();
}

/**
 * The compilers of JSON Schemas for routes that plugins declare with Fastify's `schema`. They are Fastify's own, loaded
 * by the first such route: Kiln's routes have none of them, and loading them takes a third of an app's start.
 */
export const pluginSchemas: {
  readonly compilersFactory: {
    readonly buildValidator: (...args: readonly unknown[]) => never;
    readonly buildSerializer: (...args: readonly unknown[]) => never;
  };
} = {
  compilersFactory: {
    // What comes back is what Fastify's own factory made for Fastify itself; its type is of no concern in between.
    buildValidator: (...args) => ofFastify("@fastify/ajv-compiler")(...args) as never,
    buildSerializer: (...args) => ofFastify("@fastify/fast-json-stringify-compiler")(...args) as never,
  },
};
