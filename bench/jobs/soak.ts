// Whether jobs survive: a web process enqueues 10,000, half of them in transactions of which a third roll back, while a
// worker of two is killed each second, the web process twice and PostgreSQL once. Exits with 1 when anything is wrong.
// Run: npm run soak:jobs [jobs] [seconds]
import { soak } from "./soak/run.ts";

const jobs = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 50);

const found = await soak({
  jobs,
  milliseconds: seconds * 1_000,
  webKills: [0.3, 0.7],
  databaseKills: [0.5],
  patience: 60_000,
});

const some = (keys: readonly string[]): string =>
  keys.length === 0 ? "0" : `${keys.length}  (${keys.slice(0, 5).join(", ")}${keys.length > 5 ? ", ..." : ""})`;

console.log(`
kills                                  ${found.workerKills} workers, ${found.webKills} web, ${found.databaseKills} PostgreSQL
enqueued                               ${found.enqueued}
transactions rolled back               ${found.rolledBack}
requests cut off and made again        ${found.unanswered}, of which ${found.keptUnanswered} had left their job
done                                   ${found.done}
lost                                   ${some(found.lost)}
of rolled-back transactions            ${some(found.undead)}
half of a transaction                  ${some(found.halves)}
done, but not so in the queue          ${some(found.unsettled)}
begun more than once                   ${found.begunAgain}, of which ${found.doneAgain} were done more than once
the same, not in flight at a kill      ${some(found.unexplained)}
from the last kill to the last job     ${(found.drained / 1_000).toFixed(1)} s
in all                                 ${found.seconds.toFixed(1)} s
`);

const wrong = [found.lost, found.undead, found.halves, found.unsettled, found.unexplained].some(
  (keys) => keys.length > 0,
);
if (wrong) {
  console.log(found.lines.trouble.join("\n"));
  process.exitCode = 1;
}
