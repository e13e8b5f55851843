// A small app for the benchmarks of the server.
import { type App, kiln } from "kilnjs";

export const app: App = kiln({ title: "Bench", logging: { level: "info" } });
app.get("/", {}, () => ({ pid: process.pid }));
