// The app of ../memory.ts: good answers, refused ones and unknown paths, a dependency that cleans up, a task afterwards.
import { background, body, depends, httpError, kiln, log, model, path } from "kilnjs";
import { z } from "zod";
import { reportMemory } from "./report.ts";

const Hello = model("Hello", { hello: z.string() });
const NewOrder = model("NewOrder", { customer: z.string().min(1), quantity: z.int().min(1) });
const Order = NewOrder.extend({ id: z.int() });
const Forbidden = httpError(403, "forbidden", "Not for you");
const session = depends({}, function* () {
  yield { open: true };
});
const shop = depends({ session, id: path(z.int()) }, ({ id }) => {
  if (id === 0) throw new Forbidden();
  return { id };
});

const app = kiln({ title: "memory" });
let done = 0;
app.get("/hello", { needs: { log }, returns: Hello }, ({ log }) => {
  log.info({ done }, "greeted");
  return { hello: "world" };
});
app.post("/orders", { needs: { order: body(NewOrder) }, returns: Order, status: 201 }, ({ order }) => ({
  id: 1,
  ...order,
}));
app.get("/shops/:id", { needs: { shop, background }, returns: Hello, raises: [Forbidden] }, ({ background }) => {
  background.add(() => {
    done += 1;
  });
  return { hello: "shop" };
});
const { port } = await app.listen({ port: 0, host: "127.0.0.1" });
reportMemory(port);
