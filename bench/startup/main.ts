// What ../startup.ts starts: a small application with a model, an input, a dependency and no database.
import { type App, depends, kiln, path, query } from "kilnjs";
import { z } from "zod";

const Greeting = z.object({ hello: z.string(), page: z.int() });
const page = depends({ page: query(z.int().min(1).default(1)) }, ({ page }) => page);

export const app: App = kiln({ title: "Startup" });
app.get("/hello/:name", { needs: { name: path(z.string()), page }, returns: Greeting }, ({ name, page }) => ({
  hello: name,
  page,
}));
if (import.meta.main) await app.listen({ port: 0, host: "127.0.0.1" });
