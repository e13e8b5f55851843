import {
  Body,
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Query,
  SerializeOptions,
  UseGuards,
} from "@nestjs/common";
import { PinoLogger } from "nestjs-pino";
import type { Pool } from "pg";
import type { ZodType } from "zod";
import { items, placed } from "../shared/data.ts";
import { production } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import * as schemas from "../shared/schemas.ts";
import {
  countOf,
  findFortunes,
  findItem,
  findWorld,
  findWorlds,
  type Item,
  updateWorlds,
  type World,
} from "../shared/statements.ts";
import { decorate, inject } from "./decorate.ts";
import { CallerGuard, MemberGuard, ShopGuard, TheShop } from "./guards.ts";

export const poolToken = "pool";

export class BenchController {
  readonly #pool: Pool;
  /** Undefined in bare mode. */
  readonly #log: PinoLogger | undefined;

  constructor(pool: Pool, log?: PinoLogger) {
    this.#pool = pool;
    this.#log = log;
  }

  hello(): { hello: string } {
    this.#log?.info({ greeted: 1 }, "handled");
    return { hello: "world" };
  }

  order(order: schemas.NewOrder): schemas.Order {
    this.#log?.info({ items: order.items.length }, "handled");
    return placed(order);
  }

  shop(_id: number, shop: schemas.Shop): schemas.Shop {
    this.#log?.info({ shop: shop.id }, "handled");
    return shop;
  }

  list(): schemas.ListedItem[] {
    this.#log?.info({ items: items.length }, "handled");
    return items;
  }

  async item(id: number): Promise<Item> {
    this.#log?.info({ item: id }, "handled");
    const item = await findItem(this.#pool, id);
    if (item === undefined) throw new NotFoundException("No item has this id");
    return item;
  }

  message(): { message: string } {
    this.#log?.info({ greeted: 1 }, "handled");
    return { message: "Hello, World!" };
  }

  world(): Promise<World> {
    this.#log?.info({ rows: 1 }, "handled");
    return findWorld(this.#pool);
  }

  worlds(queries: string | undefined): Promise<World[]> {
    const count = countOf(queries);
    this.#log?.info({ rows: count }, "handled");
    return findWorlds(this.#pool, count);
  }

  updated(queries: string | undefined): Promise<World[]> {
    const count = countOf(queries);
    this.#log?.info({ rows: count }, "handled");
    return updateWorlds(this.#pool, count);
  }

  async fortunes(): Promise<string> {
    this.#log?.info({ rows: 12 }, "handled");
    return renderFortunes(await findFortunes(this.#pool));
  }
}

/** Of a list, what each of it is: its items are checked one by one. */
const returns = (schema: ZodType): MethodDecorator => SerializeOptions({ schema });
const id = Param("id", ParseIntPipe);
const queries = Query("queries");

decorate(BenchController, "hello", [Get("hello"), returns(schemas.hello)]);
decorate(BenchController, "order", [Post("orders"), returns(schemas.order)], [Body({ schema: schemas.newOrder })]);
decorate(
  BenchController,
  "shop",
  [Get("shops/:id"), UseGuards(CallerGuard, MemberGuard, ShopGuard), returns(schemas.shop)],
  [id, TheShop()],
);
decorate(BenchController, "list", [Get("items"), returns(schemas.listedItem)]);
decorate(BenchController, "item", [Get("items/:id"), returns(schemas.item)], [id]);
decorate(BenchController, "message", [Get("json"), returns(schemas.message)]);
decorate(BenchController, "world", [Get("db"), returns(schemas.world)]);
decorate(BenchController, "worlds", [Get("queries"), returns(schemas.world)], [queries]);
decorate(BenchController, "updated", [Get("updates"), returns(schemas.world)], [queries]);
decorate(BenchController, "fortunes", [Get("fortunes"), Header("content-type", "text/html; charset=utf-8")]);
inject(BenchController, [Inject(poolToken), ...(production ? [Inject(PinoLogger)] : [])]);
Controller()(BenchController);
