// The floor: bare node:http. It answers the same, and checks, logs and filters nothing.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { host, port } from "../shared/environment.ts";
import { renderFortunes } from "../shared/fortunes.ts";
import { pool } from "../shared/pool.ts";
import { countOf, findFortunes, findItem, findWorld, findWorlds, updateWorlds } from "../shared/statements.ts";

const order = {
  id: 1,
  customer: "Ada",
  items: [
    { sku: "a", quantity: 1 },
    { sku: "b", quantity: 2 },
  ],
  total: 20,
};
const items = Array.from({ length: 100 }, (_, i) => ({
  id: i + 1,
  name: `Item ${i + 1}`,
  price: i + 2,
  tags: ["a", "b"],
}));

function send(response: ServerResponse, status: number, text: string, type = "application/json"): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  send(response, status, JSON.stringify(value));
}

async function item(response: ServerResponse, id: number): Promise<void> {
  const found = await findItem(pool, id);
  json(response, { id: found?.id, name: found?.name, price: found?.price });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? "";
  const [path = "", query] = url.split("?");
  const count = countOf(query?.slice("queries=".length));
  switch (path) {
    case "/hello":
      return json(response, { hello: "world" });
    case "/orders":
      return void request.resume().on("end", () => json(response, order, 201));
    case "/shops/7":
      return json(response, { id: 7, owner: 6, role: "member" });
    case "/items":
      return json(response, items);
    case "/json":
      return json(response, { message: "Hello, World!" });
    case "/db":
      return json(response, await findWorld(pool));
    case "/queries":
      return json(response, await findWorlds(pool, count));
    case "/updates":
      return json(response, await updateWorlds(pool, count));
    case "/fortunes":
      return send(response, 200, renderFortunes(await findFortunes(pool)), "text/html; charset=utf-8");
    default:
      return item(response, Number(path.slice("/items/".length)));
  }
}

createServer((request, response) => void answer(request, response)).listen(port, host);
