// Kiln as its docs have it, with the work in `blocking()`.
import { kiln } from "kilnjs";
import { z } from "zod";
import { announce } from "./announce.ts";
import { burnOffThread } from "./off-thread.ts";

const app = kiln({ title: "blocking" });
app.get("/hello", { returns: z.object({ hello: z.string() }) }, () => ({ hello: "world" }));
app.get("/burn", { returns: z.object({ burned: z.number() }) }, () => burnOffThread());
const { url } = await app.listen({ port: 0 });
announce(Number(new URL(url).port));
