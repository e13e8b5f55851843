// What replacing workers costs: 64 keep-alive connections ask without a pause while workers of `kiln start` are replaced again
// and again, in each of the ways there are. Two clients: Node's own, which does what `connection: close` says, and autocannon, which sends on regardless.
// Run: npm run bench:reload [reloads]
import { autocannonClients, connections, nodeClients, type StartClients } from "./clients.ts";
import { hup, type Service, startKiln, untilEnded } from "./kiln.ts";
import { failuresOf } from "./table.ts";

const reloads = Number(process.argv[2] ?? 20);

/** A way to replace workers, over and over. */
interface Way {
  readonly name: string;
  readonly args: readonly string[];
  /** Does it so often, and waits until every worker that was replaced has ended. */
  run(service: Service): Promise<void>;
}

async function repeat(act: () => Promise<void>): Promise<void> {
  for (let count = 0; count < reloads; count++) await act();
}

const ways: readonly Way[] = [
  {
    name: "HUP",
    args: [],
    run: (service) => untilEnded(service, 2 * reloads, () => repeat(() => hup(service))),
  },
  {
    name: "TERM of a worker",
    args: [],
    run: (service) =>
      untilEnded(service, reloads, () =>
        repeat(async () => {
          const replaced = service.line("worker_ready");
          process.kill(service.oldest(), "SIGTERM");
          await replaced;
        }),
      ),
  },
  {
    name: "TTIN and TTOU",
    args: [],
    run: (service) =>
      untilEnded(service, reloads, () =>
        repeat(async () => {
          const more = service.line("worker_ready");
          service.child.kill("SIGTTIN");
          await more;
          const fewer = service.line("workers_wanted");
          service.child.kill("SIGTTOU");
          await fewer;
        }),
      ),
  },
  {
    name: "--max-requests",
    args: ["--max-requests", "500"],
    run: (service) => untilEnded(service, reloads, async () => {}),
  },
  {
    name: "--max-memory",
    // Less than any worker takes: each is replaced as soon as it has said how much it has.
    args: ["--max-memory", "50"],
    run: (service) => untilEnded(service, reloads, async () => {}),
  },
];

async function under(start: StartClients, { run }: Way, service: Service): Promise<string> {
  const clients = start(service.url);
  await run(service);
  const outcome = await clients.stop();
  return `${outcome.answers} answers, failures ${failuresOf(outcome)} ${outcome.note}`;
}

console.log(
  `2 workers, ${connections} keep-alive connections without a pause, each way ${reloads} times with each client`,
);
for (const way of ways) {
  const service = await startKiln(way.args);
  const started = performance.now();
  const node = await under(nodeClients, way, service);
  const cannon = await under(autocannonClients, way, service);
  await service.stop();
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  for (const { message, at: _, ...fields } of service.lines) {
    if (["worker_lost", "reload_stopped", "worker_overdue"].includes(message)) console.log(message, fields);
  }
  console.log(`${way.name}, ${seconds} s\n  node:http   ${node}\n  autocannon  ${cannon}`);
}
