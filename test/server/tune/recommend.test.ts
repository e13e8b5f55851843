import assert from "node:assert/strict";
import { test } from "node:test";
import { type Measured, type Round, summarise } from "../../../src/server/tune/figures.ts";
import { countsUpTo, mixed, threadsFor } from "../../../src/server/tune/plan.ts";
import { recommend } from "../../../src/server/tune/recommend.ts";

function round(workers: number, throughput: number, p99: number, more: Partial<Round> = {}): Round {
  return {
    workers,
    throughput,
    p99,
    p50: p99 / 2,
    cpu: 1,
    memory: 100,
    loadCpu: 0.3,
    otherCpu: 0,
    loadBusy: 0.4,
    ...more,
  };
}

/** One round for each. */
function measured(...rows: readonly (readonly [throughput: number, p99: number])[]): readonly Measured[] {
  return summarise(rows.map(([throughput, p99], index) => round(index + 1, throughput, p99)));
}

test("where more workers bring nothing, one is enough", () => {
  const { workers, why, doubts } = recommend(measured([10_000, 8], [10_100, 8], [10_200, 8]));
  assert.equal(workers, 1);
  assert.equal(
    why,
    "the fewest within 3% of the best throughput: 10,000/s, against 10,200/s with 3 workers; p99 was 8.0 ms",
  );
  assert.deepEqual(doubts, []);
});

test("where they bring more up to a number, it is that number", () => {
  const { workers, why } = recommend(measured([10_000, 8], [18_000, 6], [26_000, 6], [26_200, 6], [25_000, 6]));
  assert.equal(workers, 3);
  assert.match(why, /^the fewest within 3% .* 26,000\/s, against 26,200\/s with 4 workers/);
});

test("what is more than 3% below the best is not enough", () => {
  assert.equal(recommend(measured([9_701, 8], [10_000, 8])).workers, 1);
  const { workers, why } = recommend(measured([9_699, 8], [10_000, 8], [9_000, 8]));
  assert.equal(workers, 2);
  assert.match(why, /^the best throughput, 10,000\/s, with a p99 of 8\.0 ms; fewer did not come within 3% of it$/);
});

test("fewer workers that pay with p99 are not taken", () => {
  const { workers, why } = recommend(measured([9_900, 60], [10_000, 20], [10_050, 19]));
  assert.equal(workers, 2);
  assert.match(why, /1 worker had 9,900\/s, but a p99 of 60 ms$/);
});

test("a p99 that gets worse with more workers keeps them few", () => {
  assert.equal(recommend(measured([8_000, 10], [10_000, 12], [10_100, 40], [10_200, 90])).workers, 2);
});

test("a p99 that differs by a millisecond, or a tenth, is the same", () => {
  assert.equal(recommend(measured([10_000, 2.9], [10_000, 2])).workers, 1);
  assert.equal(recommend(measured([10_000, 109], [10_000, 100])).workers, 1);
  assert.equal(recommend(measured([10_000, 111], [10_000, 100])).workers, 2);
});

test("says what speaks against it", () => {
  const rising = recommend(measured([10_000, 8], [20_000, 8]));
  assert.deepEqual(rising.doubts, ["it is the most that was measured: try more with --max"]);

  const late = recommend(measured([10_000, 4], [20_000, 30], [20_000, 30]));
  assert.deepEqual(late.doubts, ["p99 was 4.0 ms with 1 worker, at 10,000/s"]);

  const noisy = recommend(
    summarise([round(1, 8_000, 8), round(1, 10_000, 8), round(1, 10_500, 8), round(2, 9_000, 8)]),
  );
  assert.equal(noisy.workers, 1);
  assert.match(noisy.doubts.join(), /differed by up to 20% from their median/);

  const sent = recommend(summarise([round(1, 10_000, 8, { loadBusy: 0.97 })]));
  assert.match(sent.doubts.join(), /load generator had no time left/);

  const shared = recommend(summarise([round(1, 10_000, 8, { otherCpu: 0.8 })]));
  assert.match(shared.doubts.join(), /other processes kept up to 0\.8 cores/);
});

test("each figure of a number is the median of its rounds", () => {
  const [one, two] = summarise([
    round(2, 5, 50),
    round(1, 30, 3),
    round(1, 10, 9),
    round(2, 7, 70),
    round(1, 20, 6, { cpu: undefined }),
  ]);
  assert.deepEqual(
    [one?.workers, one?.throughput, one?.p99, one?.rounds, one?.spread, one?.cpu],
    [1, 20, 6, 3, 0.5, undefined],
  );
  assert.deepEqual([two?.workers, two?.throughput, two?.p99, two?.cpu], [2, 6, 60, 1]);
});

test("few numbers are measured one by one, many in steps", () => {
  assert.deepEqual(countsUpTo(1), [1]);
  assert.deepEqual(countsUpTo(5), [1, 2, 3, 4, 5]);
  assert.deepEqual(countsUpTo(33), [1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 17, 22, 28, 33]);
  assert.deepEqual(mixed([1, 2, 3]).toSorted(), [1, 2, 3]);
  assert.deepEqual([0.5, 2, 4, 8, 16].map(threadsFor), [1, 1, 1, 2, 4]);
});
