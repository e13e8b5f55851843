import assert from "node:assert/strict";
import { test } from "node:test";
import { createRate, subjectOf } from "../../../src/threads/stall/rate.ts";

test("one report a minute for each subject, with the count of those left out", () => {
  const rate = createRate(60_000);
  const reports = subjectOf({
    kind: "request",
    name: "/reports",
    method: "GET",
    requestId: "1",
    cleaningUp: false,
    part: undefined,
  });
  assert.deepEqual(rate.allow(reports, 0), { suppressed: 0 });
  assert.equal(rate.allow(reports, 1_000), undefined);
  assert.equal(rate.allow(reports, 59_999), undefined);
  assert.deepEqual(rate.allow("other", 59_999), { suppressed: 0 });
  assert.deepEqual(rate.allow(reports, 60_000), { suppressed: 2 });
  assert.deepEqual(rate.allow(reports, 120_000), { suppressed: 0 });
});
