// A small app for the benchmarks of the server.
import { kiln } from "kilnjs";

export const app = kiln({ title: "Bench", logging: { level: "info" } });
app.get("/", {}, () => ({ pid: process.pid }));
