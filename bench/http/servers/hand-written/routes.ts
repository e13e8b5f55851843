import type { ZodType } from "zod";
import type { Logger } from "../../../../src/logging/logger.ts";
import { callerOf, items, placed, tokenOf } from "../shared/data.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { pool } from "../shared/pool.ts";
import * as schemas from "../shared/schemas.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

export class HttpError extends Error {
  readonly status: number;
  readonly problem: object;

  constructor(status: number, problem: object) {
    super(`status ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

interface Input {
  readonly id: string | undefined;
  readonly query: string | undefined;
  readonly body: unknown;
  readonly authorization: string | undefined;
  /** Undefined in bare mode. */
  readonly log: Logger | undefined;
}

export interface Route {
  readonly path: string;
  readonly status?: number;
  readonly type?: "html";
  handle(input: Input): unknown;
}

function checked<T>(schema: ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HttpError(422, { errors: result.error.issues });
}

function countIn(query: string | undefined): number {
  return countOf(new URLSearchParams(query).get("queries"));
}

function memberOf(authorization: string | undefined): { id: number; role: string } {
  const token = tokenOf(authorization);
  if (token === undefined) throw new HttpError(401, { title: "Who are you?" });
  const caller = callerOf(token);
  if (caller.role !== "member") throw new HttpError(403, { title: "Members only" });
  return caller;
}

const routes: Readonly<Record<string, Route>> = {
  "GET /hello": {
    path: "/hello",
    handle: ({ log }) => {
      log?.info({ greeted: 1 }, "handled");
      return schemas.hello.parse({ hello: "world" });
    },
  },
  "POST /orders": {
    path: "/orders",
    status: 201,
    handle: ({ body, log }) => {
      const order = checked(schemas.newOrder, body);
      log?.info({ items: order.items.length }, "handled");
      return schemas.order.parse(placed(order));
    },
  },
  "GET /shops/:id": {
    path: "/shops/:id",
    handle: ({ authorization, id, log }) => {
      const member = memberOf(authorization);
      const shop = { id: checked(schemas.id, id), owner: member.id, role: member.role, vault: "never sent" };
      log?.info({ shop: shop.id }, "handled");
      return schemas.shop.parse(shop);
    },
  },
  "GET /items": {
    path: "/items",
    handle: ({ log }) => {
      log?.info({ items: items.length }, "handled");
      return schemas.itemList.parse(items);
    },
  },
  "GET /items/:id": {
    path: "/items/:id",
    handle: async ({ id, log }) => {
      const wanted = checked(schemas.id, id);
      log?.info({ item: wanted }, "handled");
      const item = await findItem(pool, wanted);
      if (item === undefined) throw new HttpError(404, { title: "No item has this id" });
      return schemas.item.parse(item);
    },
  },
  "GET /json": {
    path: "/json",
    handle: ({ log }) => {
      log?.info({ greeted: 1 }, "handled");
      return schemas.message.parse({ message: "Hello, World!" });
    },
  },
  "GET /db": {
    path: "/db",
    handle: async ({ log }) => {
      log?.info({ rows: 1 }, "handled");
      return schemas.world.parse(await findWorld(pool));
    },
  },
  "GET /queries": {
    path: "/queries",
    handle: async ({ query, log }) => {
      const count = countIn(query);
      log?.info({ rows: count }, "handled");
      return schemas.worlds.parse(await findWorlds(pool, count));
    },
  },
  "GET /updates": {
    path: "/updates",
    handle: async ({ query, log }) => {
      const count = countIn(query);
      log?.info({ rows: count }, "handled");
      return schemas.worlds.parse(await updateWorlds(pool, count));
    },
  },
  "GET /fortunes": {
    path: "/fortunes",
    type: "html",
    handle: async ({ log }) => {
      log?.info({ rows: 12 }, "handled");
      return renderFortunes(await findFortunes(pool));
    },
  },
};

const withId = /^\/(shops|items)\/([^/]+)$/;

/** The route of a request, and what its URL holds. */
export function routeOf(
  method: string,
  url: string,
): { route: Route | undefined; id: string | undefined; query: string | undefined } {
  const [path = "", query] = url.split("?", 2);
  const route = routes[`${method} ${path}`];
  if (route !== undefined) return { route, id: undefined, query };
  const [, name, id] = withId.exec(path) ?? [];
  return { route: routes[`${method} /${name}/:id`], id, query };
}
