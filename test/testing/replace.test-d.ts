// Compiled by `tsc` with everything else: what must be accepted is used, what must not compile is marked.
import { depends, kiln, path, resource } from "kilnjs";
import { type TestApp, testApp } from "kilnjs/testing";
import { z } from "zod";

const app = kiln({ title: "Types" });
const user = depends({ id: path(z.int()) }, ({ id }) => ({ id, name: "x" }));
const clock = resource({}, async function* clock() {
  yield { now: (): number => 1 };
});

export async function accepted(): Promise<void> {
  await testApp(app, { replace: [] });
  await testApp(app, { replace: [[user, { id: 7, name: "y" }]] });
  await testApp(app, {
    replace: [
      [user, { id: 7, name: "y" }],
      [clock, { now: () => 2 }],
    ],
  });
  await testApp(app, { replace: [[user, depends({}, () => ({ id: 1, name: "z", more: true }))]] });
  const t: TestApp = await testApp(app, { settings: { a: 1 }, socket: true });
  const now: number = t.value(clock).now();
  const body: { readonly a: number } = (await t.get("/")).json<{ readonly a: number }>();
  void [now, body];
}

export async function refused(): Promise<void> {
  // @ts-expect-error a property is missing
  await testApp(app, { replace: [[user, { id: 7 }]] });
  // @ts-expect-error a property has the wrong type
  await testApp(app, { replace: [[user, { id: "7", name: "y" }]] });
  await testApp(app, {
    replace: [
      [user, { id: 7, name: "y" }],
      // @ts-expect-error a function of another type
      [clock, { now: () => "2" }],
    ],
  });
  // @ts-expect-error a provider of another value
  await testApp(app, { replace: [[user, depends({}, () => 7)]] });
  // @ts-expect-error no provider
  await testApp(app, { replace: [["user", 7]] });
  const t = await testApp(app);
  // @ts-expect-error a value of one request has no value for the app
  t.value(user);
}
