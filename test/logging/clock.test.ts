import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { isoNow } from "../../src/logging/clock.ts";

test("the time is what toISOString says, in every millisecond", () => {
  mock.timers.enable({ apis: ["Date"] });
  try {
    const times = [
      0,
      1,
      999,
      1_000,
      1_001,
      59_999,
      60_000,
      Date.UTC(2024, 1, 29, 23, 59, 59, 990),
      Date.UTC(2026, 10, 24),
    ];
    for (const start of times) {
      for (let now = start; now < start + 1_100; now += 37) {
        mock.timers.setTime(now);
        assert.equal(isoNow(), new Date(now).toISOString());
        assert.equal(isoNow(), new Date(now).toISOString());
      }
    }
    // Clocks are set back, too.
    mock.timers.setTime(5);
    assert.equal(isoNow(), new Date(5).toISOString());
  } finally {
    mock.timers.reset();
  }
});
