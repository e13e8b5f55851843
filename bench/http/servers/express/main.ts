// Express 5 with pino-http, set up as their documentation does, and checks in Zod.
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import { pinoHttp } from "pino-http";
import { type ZodType, z } from "zod";
import { callerOf, items, placed, tokenOf } from "../shared/data.ts";
import { host, port, production } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { pool } from "../shared/pool.ts";
import * as schemas from "../shared/schemas.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

const app = express();
const context = new AsyncLocalStorage<express.Request>();

if (production) {
  app.use(
    pinoHttp({
      genReqId: (request, response) => {
        const id = request.headers["x-request-id"] ?? randomUUID();
        response.setHeader("x-request-id", id);
        return id;
      },
      customReceivedMessage: () => "request received",
    }),
  );
  app.use((request, _response, next) => context.run(request, next));
}

function handled(fields: object): void {
  if (production) context.getStore()?.log.info(fields, "handled");
}

const withCaller: RequestHandler = (request, response, next) => {
  const token = tokenOf(request.headers.authorization);
  if (token === undefined) return void response.status(401).json({ message: "Who are you?" });
  response.locals.caller = callerOf(token);
  next();
};

const membersOnly: RequestHandler = (_request, response, next) => {
  if (response.locals.caller.role !== "member") return void response.status(403).json({ message: "Members only" });
  next();
};

const withShop: RequestHandler = (_request, response, next) => {
  const { caller, id } = response.locals;
  response.locals.shop = { id, owner: caller.id, role: caller.role, vault: "never sent" };
  next();
};

const withId: RequestHandler = (request, response, next) => {
  response.locals.id = schemas.id.parse(request.params.id);
  next();
};

const withBody =
  (schema: ZodType): RequestHandler =>
  (request, response, next) => {
    response.locals.body = schema.parse(request.body);
    next();
  };

app.get("/hello", (_request, response) => {
  handled({ greeted: 1 });
  response.json(schemas.hello.parse({ hello: "world" }));
});

app.post("/orders", express.json(), withBody(schemas.newOrder), (_request, response) => {
  const order: schemas.NewOrder = response.locals.body;
  handled({ items: order.items.length });
  response.status(201).json(schemas.order.parse(placed(order)));
});

app.get("/shops/:id", withId, withCaller, membersOnly, withShop, (_request, response) => {
  handled({ shop: response.locals.shop.id });
  response.json(schemas.shop.parse(response.locals.shop));
});

app.get("/items", (_request, response) => {
  handled({ items: items.length });
  response.json(schemas.itemList.parse(items));
});

app.get("/items/:id", withId, async (_request, response) => {
  handled({ item: response.locals.id });
  const item = await findItem(pool, response.locals.id);
  if (item === undefined) response.status(404).json({ message: "No item has this id" });
  else response.json(schemas.item.parse(item));
});

app.get("/json", (_request, response) => {
  handled({ greeted: 1 });
  response.json(schemas.message.parse({ message: "Hello, World!" }));
});

app.get("/db", async (_request, response) => {
  handled({ rows: 1 });
  response.json(schemas.world.parse(await findWorld(pool)));
});

/** How many rows a request wants; a name that comes twice is a list. */
function countIn({ queries }: express.Request["query"]): number {
  return countOf(typeof queries === "string" ? queries : undefined);
}

app.get("/queries", async (request, response) => {
  const count = countIn(request.query);
  handled({ rows: count });
  response.json(schemas.worlds.parse(await findWorlds(pool, count)));
});

app.get("/updates", async (request, response) => {
  const count = countIn(request.query);
  handled({ rows: count });
  response.json(schemas.worlds.parse(await updateWorlds(pool, count)));
});

app.get("/fortunes", async (_request, response) => {
  handled({ rows: 12 });
  response.type("html").send(renderFortunes(await findFortunes(pool)));
});

const refuse: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof z.ZodError) response.status(422).json({ errors: error.issues });
  else next(error);
};
app.use(refuse);

app.listen(port, host);
