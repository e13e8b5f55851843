// An app that ends in the way its argument says; tests send it signals.
import { kiln, resource } from "kilnjs";

const [, , way] = process.argv;
const forever = new Promise<never>(() => undefined);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const app = kiln({ title: "ending", shutdown: { grace: 100, close: 100 } });

const first = resource({}, async function* first() {
  yield 1;
  say("first closed");
});
const second = resource({ first }, async function* second() {
  say("opening");
  // Held by a timer, as by a connection that never comes.
  if (way === "hangs while it opens") await new Promise(() => setInterval(() => undefined, 1_000));
  if (way === "fails beside its start") {
    setImmediate(() => {
      throw new Error("beside the start");
    });
    await new Promise<void>((resolve) => setTimeout(resolve, 200));
  }
  yield 2;
  if (way === "hangs while it closes") await forever;
  await new Promise(setImmediate);
  say("second closed");
});
app.get("/", { needs: { second } }, () => 1);
app.fastify((instance) => {
  instance.addHook("onClose", () => {
    if (way === "has a plugin that hangs") return forever;
    return way === "has a plugin that fails" ? Promise.reject(new Error("the plugin")) : Promise.resolve();
  });
});

await app.listen({ port: 0 });
say("listening");
if (way === "rejects twice") {
  void Promise.reject(new Error("one"));
  void Promise.reject(new Error("two"));
}
