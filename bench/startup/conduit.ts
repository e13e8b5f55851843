// Conduit in one process, for ../startup.ts: what `kiln start` adds is measured with the small application.
// By an address that the compiler does not follow: Conduit is a project of its own, with options of its own.
const { app } = await import(new URL("../../examples/conduit/main.ts", import.meta.url).href);

await app.listen({ port: 0, host: "127.0.0.1" });
