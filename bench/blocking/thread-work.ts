// What both pools run: the same function, once for piscina by itself and once through `blocking()`.
import { type Blocking, blocking, move } from "kilnjs";

/** A small argument and result, as most calls have. */
export interface Order {
  readonly id: number;
  readonly item: string;
}

function next({ id, item }: Order): Order {
  return { id: id + 1, item };
}

export const nextOrder: Blocking<[order: Order], Order> = blocking(import.meta, next);

/** About a fifth of a millisecond of computing: less than what is worth a thread. */
export function work(order: Order): Order {
  let x = order.id;
  for (let i = 0; i < 100_000; i += 1) x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fffffff;
  return next({ id: order.id, item: x === 0 ? "" : order.item });
}

export const workedOrder: Blocking<[order: Order], Order> = blocking(import.meta, work);

/** Piscina calls the default export. */
export default next;

export const copied: Blocking<[bytes: Uint8Array], Uint8Array> = blocking(
  import.meta,
  function copied(bytes: Uint8Array): Uint8Array {
    return bytes;
  },
);

export const moved: Blocking<[bytes: Uint8Array], Uint8Array> = blocking(
  import.meta,
  function moved(bytes: Uint8Array): Uint8Array {
    return move(bytes);
  },
);
