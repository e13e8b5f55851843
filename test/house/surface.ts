/** Entry point -> the names it exports. */
export const surface: Readonly<Record<string, readonly string[]>> = {
  ".": [],
  "./postgres": [],
  "./testing": [],
};
