// An app in a process that may start no threads: more calls than its pool takes, and its end.
import { kiln } from "kilnjs";
import { testApp } from "kilnjs/testing";
import { threadFigures } from "../../../../src/threads/pool/thread-figures.ts";
import { add } from "./sums.ts";

const t = await testApp(kiln({ title: "No threads", threads: { size: 1, queue: 1 } }));
for (let i = 0; i < 4; i++) await add(1, 2).catch(({ code }: { readonly code: string }) => console.log(code));
console.log(threadFigures().queued, "queued");
await t.close();
console.log("closed");
