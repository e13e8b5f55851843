// What runs in a thread of the pool; the thread imports this module and nothing of the app.
import { type Blocking, blocking } from "kilnjs";
import { burn } from "../burn.ts";

export const burnOffThread: Blocking<[], { burned: number }> = blocking(import.meta, function burnOffThread(): {
  burned: number;
} {
  return { burned: burn(500) };
});
