// Uses the embedded server of a folder until its standard input ends: `use-server.ts <folder> <linger>`.
import { once } from "node:events";
import { acquireEmbeddedServer } from "../../../../src/integrations/postgres/embedded/server.ts";

const [folder = "", linger = "0"] = process.argv.slice(2);
const server = await acquireEmbeddedServer(folder, { linger: Number(linger) });
console.log(server.url());
process.stdin.resume();
await once(process.stdin, "end");
await server.release();
