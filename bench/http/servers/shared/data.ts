// What handlers give, the same for all: always with something that the response model has to drop.

interface StoredItem {
  id: number;
  name: string;
  price: number;
  tags: string[];
  cost: number;
  supplier: string;
}

/** The 100 items of the list. */
export const items: StoredItem[] = Array.from({ length: 100 }, (_, i) => ({
  id: i + 1,
  name: `Item ${i + 1}`,
  price: i + 2,
  tags: ["a", "b"],
  cost: i,
  supplier: "never sent",
}));

interface NewOrder {
  readonly customer: string;
  readonly items: { readonly sku: string; readonly quantity: number }[];
}

/** An order as it was stored. */
export function placed<Order extends NewOrder>(order: Order): Order & { id: number; total: number; margin: number } {
  return { ...order, id: 1, total: order.items.length * 10, margin: 3 };
}

/** Who calls, by the token. */
export function callerOf(token: string): { id: number; role: string } {
  return { id: token.length, role: token === "member" ? "member" : "guest" };
}

const scheme = "Bearer ";

/** The token of a header `authorization`, for servers that have no such thing themselves. */
export function tokenOf(authorization: string | null | undefined): string | undefined {
  return authorization?.startsWith(scheme) ? authorization.slice(scheme.length) : undefined;
}
