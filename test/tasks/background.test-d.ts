// What the compiler says of `background.add`: the arguments are those of the function, no more and no fewer.
import { type Background, type BackgroundOptions, kiln } from "kilnjs";

declare const background: Background;
declare function sendMail(to: string, options?: { readonly subject?: string }): Promise<void>;
declare function notify(...ids: readonly number[]): void;
declare function keep<T>(value: T): T;
declare const offThread: (image: Uint8Array, width: number) => Promise<Uint8Array>;

background.add(sendMail, "ada@example.org");
background.add(sendMail, "ada@example.org", { subject: "Welcome" });
background.add(notify);
background.add(notify, 1, 2, 3);
background.add(keep, 1);
background.add(offThread, new Uint8Array(), 100);
background.add(() => 1);
background.add(async () => sendMail("ada@example.org"));

// @ts-expect-error the address is missing
background.add(sendMail);
// @ts-expect-error an address is text
background.add(sendMail, 7);
// @ts-expect-error no such option
background.add(sendMail, "ada@example.org", { title: "Welcome" });
// @ts-expect-error one argument too many
background.add(sendMail, "ada@example.org", {}, 1);
// @ts-expect-error ids are numbers
background.add(notify, 1, "2");
// @ts-expect-error it takes nothing
background.add(() => 1, 2);
// @ts-expect-error called now, and not after the response
background.add(sendMail("ada@example.org"));
// @ts-expect-error the width is missing
background.add(offThread, new Uint8Array());

const limits: BackgroundOptions = { concurrency: 5, queue: 100, timeout: 10_000 };
kiln({ title: "limits", background: limits });
// @ts-expect-error a number of milliseconds
kiln({ title: "limits", background: { timeout: "10s" } });
