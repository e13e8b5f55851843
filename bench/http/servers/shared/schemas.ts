// The checks in Zod, for every server that uses it, and what they give.
import { type ZodType, z } from "zod";
import type { Item, World } from "./statements.ts";

export interface NewOrder {
  customer: string;
  items: { sku: string; quantity: number }[];
}

export interface Order extends NewOrder {
  id: number;
  total: number;
}

export interface Shop {
  id: number;
  owner: number;
  role: string;
}

export interface ListedItem extends Item {
  tags: string[];
}

const itemFields = { id: z.int(), name: z.string(), price: z.number() };

export const newOrder: ZodType<NewOrder> = z.object({
  customer: z.string().min(1).max(100),
  items: z.array(z.object({ sku: z.string().min(1), quantity: z.int().min(1) })).min(1),
});
export const order: ZodType<Order> = z.object({
  id: z.int(),
  customer: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  total: z.number(),
});
export const shop: ZodType<Shop> = z.object({ id: z.int(), owner: z.int(), role: z.string() });
export const item: ZodType<Item> = z.object(itemFields);
export const listedItem: ZodType<ListedItem> = z.object({ ...itemFields, tags: z.array(z.string()) });
export const itemList: ZodType<ListedItem[]> = z.array(listedItem);
export const hello: ZodType<{ hello: string }> = z.object({ hello: z.string() });
export const message: ZodType<{ message: string }> = z.object({ message: z.string() });
export const world: ZodType<World> = z.object({ id: z.int(), randomNumber: z.int() });
export const worlds: ZodType<World[]> = z.array(world);
/** A number in a path, which comes as text. */
export const id: ZodType<number> = z.coerce.number().int();
/** A path with such a number. */
export const idParams: ZodType<{ id: number }> = z.object({ id });
