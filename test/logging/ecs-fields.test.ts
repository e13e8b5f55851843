// Every field of the format `ecs` is one of the schema, with a value of its type; or Elasticsearch refuses the line.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { kiln, log } from "kilnjs";
import { ecsFields, ecsVersion, flattened, openObjects } from "./ecs-fields.ts";

type Line = Readonly<Record<string, unknown>>;

function fits(type: string, value: unknown): boolean {
  switch (type) {
    case "date":
      return typeof value === "string" && new Date(value).toISOString() === value;
    case "long":
      return Number.isSafeInteger(value);
    default:
      return typeof value === "string";
  }
}

/** Lines of an app that does all that makes lines of their own kinds. */
async function linesOfAnApp(): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const left = Promise.withResolvers<void>();
  const write = (text: string): void => {
    for (const line of text.trimEnd().split("\n")) lines.push(JSON.parse(line));
    if (text.includes("labels.aborted")) left.resolve();
  };
  const app = kiln({ title: "ECS", logging: { format: "ecs", destination: { write } } });
  app.get("/items/:id", {}, () => {
    log.bind({ user: "ann", "labels.tenant": "a" });
    log.info({ host: "h", error: "no object", nested: { deep: { list: [1, "two"] } } }, "seen");
    return "ok";
  });
  app.get("/broken", {}, () => {
    throw Object.assign(new TypeError("broken", { cause: new Error("deeper") }), { code: 42, table: "items" });
  });
  const arrived = Promise.withResolvers<void>();
  app.get("/wait", {}, async () => {
    arrived.resolve();
    await left.promise;
  });
  const server = await app.listen({ port: 0, host: "127.0.0.1", signals: false });
  await fetch(`${server.url}/items/1?q=a`);
  await fetch(`${server.url}/broken`);
  await fetch(`${server.url}/nothing`);
  const socket = connect(server.port, "127.0.0.1", () => socket.write("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"));
  await arrived.promise;
  socket.destroy();
  await left.promise;
  await server.close();
  return lines;
}

test("every name is in the list of fields, and every value is of its type", async () => {
  const lines = await linesOfAnApp();
  const seen = new Set<string>();
  for (const line of lines) {
    for (const [name, value] of flattened(line)) {
      const [first = ""] = name.split(".");
      if (openObjects.includes(first)) continue;
      const type = ecsFields[name];
      assert.ok(type, `${name} is no field of ECS ${ecsVersion}: ${JSON.stringify(line)}`);
      assert.ok(fits(type, value), `${name} is no ${type}: ${JSON.stringify(value)}`);
      seen.add(name);
    }
    for (const [name, value] of Object.entries(line)) {
      if (name.startsWith("labels.")) assert.equal(typeof value, "string", `${name} is a keyword`);
    }
    assert.equal(line["ecs.version"], ecsVersion);
  }
  // Nothing in the table is there only because it once was.
  assert.deepEqual([...seen].toSorted(), Object.keys(ecsFields).toSorted());
});

test("flattening finds what Elasticsearch would refuse", () => {
  assert.throws(() => flattened({ error: { type: "a" }, "error.type": "b" }), /stands twice/);
  assert.throws(() => flattened({ user: "ann", "user.id": "7" }), /a value and an object/);
});
