import { setTimeout as wait } from "node:timers/promises";
import type { Victim } from "./process.ts";

/** What one request asked for; each has a key of its own, also when it asks anew for what got no answer. */
export interface Order {
  readonly key: string;
  /** Beside a row of the app, in one transaction. */
  readonly together: boolean;
  /** That transaction is rolled back. */
  readonly rollBack: boolean;
  /** Whether the web process said that it is done. Otherwise it may have been done or not. */
  answered: boolean;
}

const asking = 16;
const names = ["single", "single", "returning", "batched"];

function orderOf(n: number, attempt: number): Order {
  const together = n % 2 === 1;
  return {
    key: `${n}.${attempt}`,
    together,
    rollBack: together && ((n - 1) / 2) % 3 === 0,
    answered: false,
  };
}

async function ask(url: string, n: number, { key, together, rollBack }: Order): Promise<boolean> {
  const payload = {
    work: { key, milliseconds: 5 + Math.random() * 80 },
    job: names[Math.floor(n / 2) % names.length],
    ...(together ? { rollBack } : {}),
  };
  try {
    const answer = await fetch(`${url}/${together ? "together" : "alone"}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(payload),
      signal: AbortSignal.timeout(20_000),
    });
    await answer.text();
    return answer.status === (rollBack ? 409 : 200);
  } catch {
    // Its process was killed.
    return false;
  }
}

/**
 * Lets a web process enqueue `count` jobs, spread over a time. What gets no answer, or the answer that it failed, is asked
 * for again, as a client would.
 *
 * @returns everything that was asked for
 */
export async function placeOrders(web: Victim, count: number, milliseconds: number): Promise<readonly Order[]> {
  const orders: Order[] = [];
  const begun = performance.now();
  let next = 0;
  const place = async (n: number): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const url = await web.ready();
      const order = orderOf(n, attempt);
      orders.push(order);
      order.answered = await ask(url, n, order);
      if (order.answered) return;
      await wait(50);
    }
  };
  const client = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const pause = begun + (n / count) * milliseconds - performance.now();
      if (pause > 1) await wait(pause);
      await place(n);
    }
  };
  await Promise.all(Array.from({ length: asking }, client));
  return orders;
}
