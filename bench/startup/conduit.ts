// Conduit in one process, for ../startup.ts: what `kiln start` adds is measured with the small application.
import { app } from "../../examples/conduit/main.ts";

await app.listen({ port: 0, host: "127.0.0.1" });
