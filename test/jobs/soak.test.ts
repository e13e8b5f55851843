import assert from "node:assert/strict";
import { test } from "node:test";
import type { Order } from "../../bench/jobs/soak/orders.ts";
import { soak } from "../../bench/jobs/soak/run.ts";
import { judge, type Run } from "../../bench/jobs/soak/verdict.ts";

function order(key: string, more: Partial<Order> = {}): Order {
  return { key, together: false, rollBack: false, answered: true, ...more };
}

function run(key: string, begun: number, ended: number | null, pid = 1): Run {
  return { job: key, key, pid, begun, ended };
}

test("the verdict of a soak tells what is lost, what should not be there, and what ran again for no reason", () => {
  const orders = [
    order("done"),
    order("lost"),
    order("cut off and kept", { answered: false }),
    order("cut off and not kept", { answered: false }),
    order("undead", { together: true, rollBack: true }),
    order("half", { together: true }),
    order("unsettled"),
    order("killed"),
    order("database killed"),
    order("again"),
    order("long settled"),
  ];
  const runs = [
    run("done", 1_000, 1_100),
    run("lost", 1_000, null),
    run("unsettled", 1_000, 1_100),
    run("killed", 1_000, null),
    run("killed", 8_000, 8_100, 2),
    run("database killed", 20_000, 20_100),
    run("database killed", 20_500, 20_600),
    run("again", 1_000, 1_100, 3),
    run("again", 2_100, 2_200, 2),
    run("long settled", 10_000, 10_100, 2),
    run("long settled", 18_000, 18_100, 1),
  ];
  const states = ["done", "lost", "cut off and kept", "undead", "killed", "database killed", "again", "long settled"];
  const jobs = new Map([...states.map((key): [string, string] => [key, "completed"]), ["unsettled", "retry"]]);
  const kills = [
    { pid: 1, from: 1_050, to: 1_060 },
    { pid: 2, from: 15_000, to: 15_010 },
    { pid: undefined, from: 20_200, to: 20_900 },
  ];
  const found = judge(orders, { runs, orders: new Set(["half"]), jobs }, kills);
  assert.match(found.unexplained.join("\n"), /^again:\n {2}process 3 from 0 ms to 100 ms\n/);
  assert.deepEqual(
    { ...found, unexplained: found.unexplained.map((story) => story.split(":")[0]) },
    {
      enqueued: 9,
      rolledBack: 1,
      unanswered: 2,
      keptUnanswered: 1,
      done: 6,
      lost: ["lost", "cut off and kept", "half"],
      undead: ["undead"],
      halves: ["undead", "half"],
      unsettled: ["unsettled"],
      begunAgain: 4,
      doneAgain: 3,
      unexplained: ["again", "long settled"],
    },
  );
});

test("no job is lost, none of a rolled-back transaction runs, while everything is killed again and again", async () => {
  const jobs = 600;
  const found = await soak({
    jobs,
    milliseconds: 6_000,
    webKills: [0.3, 0.7],
    databaseKills: [0.5],
    patience: 60_000,
  });
  const { lost, undead, halves, unsettled, unexplained } = found;
  const none = { lost: [], undead: [], halves: [], unsettled: [], unexplained: [] };
  assert.deepEqual({ lost, undead, halves, unsettled, unexplained }, none, found.lines.trouble.slice(-20).join("\n"));
  // Half of the 600 in transactions, of which a third roll back; what was cut off may be there beside them.
  assert.equal(found.rolledBack, 100);
  assert.ok(found.enqueued >= jobs - 100, `${found.enqueued} were enqueued`);
  assert.equal(found.done, found.enqueued);
});
