// One of several test files that run at once: writes a note of its own and prints all that it sees.
import { testApp } from "kilnjs/testing";
import { app } from "./notes-app.ts";

const [databaseUrl, note] = process.argv.slice(2);
await using t = await testApp(app, { settings: { databaseUrl } });
await t.post("/notes", { json: note });
process.stdout.write((await t.get("/notes")).text());
