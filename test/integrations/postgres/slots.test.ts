import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Slots } from "../../../src/integrations/postgres/slots.ts";

const late = (): Error => new Error("late");

test("slots are never more than there are, are served in order, and none is lost", async () => {
  const steps = fc.array(fc.constantFrom("take", "give", "leave"), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (count, plan) => {
      const slots = new Slots(count, 60_000, late);
      const waiting: { readonly id: number; readonly leave: AbortController }[] = [];
      const served: number[] = [];
      let held = 0;
      let next = 0;
      for (const step of plan) {
        if (step === "take") {
          const id = next++;
          const leave = new AbortController();
          const turn = slots.take(leave.signal);
          if (turn === undefined) held += 1;
          else {
            waiting.push({ id, leave });
            turn.then(
              () => served.push(id),
              () => {},
            );
          }
        } else if (step === "give" && held > 0) {
          slots.give();
          const first = waiting.shift();
          if (first === undefined) held -= 1;
          else {
            await Promise.resolve();
            assert.equal(served.at(-1), first.id);
          }
        } else if (step === "leave") {
          waiting.splice(Math.floor(waiting.length / 2), 1)[0]?.leave.abort(new Error("left"));
        }
        assert.ok(held <= count);
        assert.equal(slots.waiting, waiting.length);
        assert.ok(waiting.length === 0 || held === count);
      }
      slots.close(late);
      assert.equal(slots.waiting, 0);
    }),
  );
});

test("one that waits too long is told so, and its place in the queue is free", async () => {
  const slots = new Slots(1, 10, late);
  assert.equal(slots.take(), undefined);
  await assert.rejects(Promise.resolve(slots.take()), /late/);
  assert.equal(slots.waiting, 0);
  slots.give();
  assert.equal(slots.take(), undefined);
});

test("a closed queue turns everyone away", async () => {
  const slots = new Slots(1, 60_000, late);
  assert.equal(slots.take(), undefined);
  const waiting = slots.take();
  slots.close(() => new Error("closing"));
  await assert.rejects(Promise.resolve(waiting), /closing/);
  await assert.rejects(Promise.resolve(slots.take()), /closing/);
});
