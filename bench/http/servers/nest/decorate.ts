// Decorators are functions: they are applied by hand, for Node strips types and does not transform code.

type Class = abstract new (...args: never[]) => object;

/** What stands above a method, with what stands before its parameters. */
export function decorate(
  type: Class,
  name: string,
  methods: readonly MethodDecorator[],
  parameters: readonly ParameterDecorator[] = [],
): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  if (descriptor === undefined) throw new Error(`${type.name} has no ${name}`);
  for (const [i, decorator] of parameters.entries()) decorator(type.prototype, name, i);
  for (const decorator of methods) decorator(type.prototype, name, descriptor);
}

/** What stands before the parameters of a constructor. */
export function inject(type: Class, parameters: readonly ParameterDecorator[]): void {
  for (const [i, decorator] of parameters.entries()) decorator(type, undefined, i);
}
