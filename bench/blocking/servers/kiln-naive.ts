// Kiln with the work in the handler. Load shedding by the delay of the loop is off: it would refuse `/hello` here, and a
// quick refusal is not the answer that is measured.
import { kiln } from "kilnjs";
import { z } from "zod";
import { burn } from "../burn.ts";
import { announce } from "./announce.ts";

const app = kiln({ title: "naive", load: { loopDelay: 0 } });
app.get("/hello", { returns: z.object({ hello: z.string() }) }, () => ({ hello: "world" }));
app.get("/burn", { returns: z.object({ burned: z.number() }) }, () => ({ burned: burn(500) }));
const { url } = await app.listen({ port: 0 });
announce(Number(new URL(url).port));
