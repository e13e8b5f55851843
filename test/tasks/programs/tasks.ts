// An app with tasks that its tests end by signals; each route adds one sort of task and says so on standard output.
import { background, currentSignal, kiln, resource } from "kilnjs";

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const app = kiln({ title: "tasks", background: { concurrency: 2 }, shutdown: { grace: Number(process.argv[2]) } });
const store = resource({}, async function* store() {
  yield new Map<string, string>();
  say("store closed");
});

async function obedient(): Promise<void> {
  const signal = currentSignal();
  say("obedient began");
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  say(`obedient told: ${String(signal.reason.code)}`);
}

async function stubborn(): Promise<void> {
  say("stubborn began");
  // Held by a timer, as by a connection that never answers.
  await new Promise(() => setInterval(() => undefined, 1_000));
}

function mail(): void {
  say("mail sent");
}

app.get("/stuck", { needs: { background, store } }, ({ background }) => {
  background.add(obedient);
  background.add(stubborn);
  background.add(mail);
  background.add(mail);
  return 1;
});
app.get("/quick", { needs: { background } }, ({ background }) => {
  const chain = async (left: number): Promise<void> => {
    say(`chain ${left}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (left > 0) background.add(chain, left - 1);
  };
  background.add(chain, 5);
  return 1;
});

const { url } = await app.listen({ port: 0 });
say(`listening on ${url}`);
