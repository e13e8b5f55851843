import { listening } from "./listening.ts";
import { loadApp } from "./load-app.ts";
import type { ServeOptions } from "./main.ts";

/** `kiln start`: serves the app in this process until a signal ends it. */
export async function start(entry: string | undefined, options: ServeOptions): Promise<void> {
  // Before the app is loaded: its modules may ask.
  process.env.NODE_ENV ||= "production";
  const app = await loadApp(entry);
  await listening(app, options);
}
