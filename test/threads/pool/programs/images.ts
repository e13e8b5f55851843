import { blocking } from "kilnjs";

export const shout = blocking(import.meta, function shout({ name }: { readonly name: string }): string {
  return `${name.toUpperCase()}!`;
});
