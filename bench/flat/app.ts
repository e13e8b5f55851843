// An app of ../flat.ts, as big as the environment says, with all that production has on.
import { depends, kiln, log, model, type Needs, type Provider, path, resource } from "kilnjs";
import { z } from "zod";

const { ROUTES = "1", RESOURCES = "0", NEEDED, DEPENDS = "0" } = process.env;
const Thing = model("Thing", { id: z.int(), name: z.string() });

const resources: Needs = Object.fromEntries(
  Array.from({ length: Number(RESOURCES) }, (_, index) => [
    `resource${index}`,
    resource({}, function* () {
      yield { number: index };
    }),
  ]),
);

/** A dependency that needs one that needs one, so many times. */
function chainOf(length: number): Provider<number> | undefined {
  let last: Provider<number> | undefined;
  for (let index = 0; index < length; index += 1) {
    last = last === undefined ? depends({}, () => 1) : depends({ before: last }, ({ before }) => before + 1);
  }
  return last;
}

const chain = chainOf(Number(DEPENDS));
const app = kiln({ title: "flat", docs: "off", ...(NEEDED === undefined ? { needs: resources } : {}) });
const needs: Needs = {
  ...(NEEDED === undefined ? {} : resources),
  ...(chain === undefined ? {} : { chain }),
};
for (let index = 0; index < Number(ROUTES); index += 1) {
  app.get(
    `/group${index}/things/:id`,
    { needs: { ...needs, log, id: path(z.int()) }, returns: Thing },
    ({ log, id }) => {
      log.info({ thing: id }, "thing_asked");
      return { id, name: "a thing" };
    },
  );
}
const { port } = await app.listen({ port: 0, host: "127.0.0.1" });
process.send?.({ port });
process.on("message", () => process.send?.({ cpu: process.cpuUsage() }));
