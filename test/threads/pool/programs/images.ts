import { type Blocking, blocking, log } from "kilnjs";

export const shout: Blocking<[values: { readonly name: string }], string> = blocking(
  import.meta,
  function shout({ name }: { readonly name: string }): string {
    log.info({ name }, "shouting");
    return `${name.toUpperCase()}!`;
  },
);

export const wordCount: Blocking<[], ReadonlyMap<string, number>> = blocking(
  import.meta,
  function wordCount(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const word of "the cat and the dog".split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  },
);
