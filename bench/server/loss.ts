// What clients lose while a server with two workers replaces them: in a reload, when a worker is killed, and when the handler of one
// spins for ever. Kiln beside gunicorn with uvicorn's workers, and pm2 in its cluster mode; what is not installed is left out.
// Run: npm run bench:loss [reload,kill,spin] [Kiln,gunicorn,pm2] [rounds]
import { gunicorn } from "./gunicorn.ts";
import { kiln } from "./kiln.ts";
import { killed, reloaded, spun } from "./loss-scenarios.ts";
import { pm2Cluster } from "./pm2.ts";

const scenarios = { reload: reloaded, kill: killed, spin: spun };
const all = "reload,kill,spin";
const [, , wanted = all, servers = "Kiln,gunicorn,pm2", rounds] = process.argv;

// What was started is ended with this process.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const found = [];
for (const kind of [kiln, gunicorn, pm2Cluster].filter(({ name }) => servers.split(",").includes(name))) {
  const missing = kind.prepare();
  if (missing === undefined) found.push(kind);
  else console.log(missing);
}
for (const [name, run] of Object.entries(scenarios)) {
  if (wanted.split(",").includes(name)) await run(found, rounds === undefined ? undefined : Number(rounds));
}
