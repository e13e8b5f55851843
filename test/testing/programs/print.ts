// Runs a test app and shows on the standard output what it wrote to the standard error stream.
import { kiln } from "kilnjs";
import { testApp } from "kilnjs/testing";

process.stderr.write = process.stdout.write.bind(process.stdout);
const app = kiln({ title: "Print" });
app.get("/", {}, () => undefined);
await using t = await testApp(app, { logging: { print: process.argv[2] === "yes" } });
await t.get("/");
