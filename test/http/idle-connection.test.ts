// What an idle connection keeps of the request that it had last.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { depends, kiln } from "kilnjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("an idle connection does not keep the values of its last request", async () => {
  const seen: WeakRef<object>[] = [];
  const user = depends({}, () => {
    const value = { name: "ada", padding: new Array(10_000).fill(0) };
    seen.push(new WeakRef(value));
    return value;
  });
  const app = kiln({ title: "Idle", logging: { destination: { write: () => {} } } });
  app.get("/", { needs: { user } }, ({ user }) => ({ name: user.name }));
  const { port, close } = await app.listen({ port: 0, host: "127.0.0.1" });
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: kiln\r\n\r\n");
  await once(socket, "data");
  for (let turns = 0; turns < 20 && seen[0]?.deref() !== undefined; turns += 1) {
    await turn();
    collect();
  }
  assert.equal(seen.length, 1);
  assert.equal(seen[0]?.deref(), undefined);
  assert.equal(socket.destroyed, false);
  socket.destroy();
  await close();
});
