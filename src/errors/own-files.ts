// Kiln's own files: the sources, or what the build makes of them, where most modules share a file with others.
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

function findFolder(): string {
  if (extension === ".ts") return new URL("..", import.meta.url).href;
  try {
    return new URL("dist/", import.meta.resolve("kilnjs/package.json")).href;
  } catch {
    // A bundler has put this into a file of an app, or a tool runs modules in a way of its own.
    return new URL(".", import.meta.url).href;
  }
}

/** The folder of Kiln's own code, as a URL that ends in a slash: `src/`, or `dist/` in a package. */
export const ownFolder: string = findFolder();

/**
 * A file that a thread or a process begins with. The build keeps it under its name.
 *
 * @param module its path below `src/`, without an ending
 */
export function ownFile(module: string): URL {
  return new URL(module + extension, ownFolder);
}
