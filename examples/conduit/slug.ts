/** `How to train your dragon` becomes `how-to-train-your-dragon`; letters and digits of every script stay. */
export function slugify(title: string): string {
  const words = title
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .match(/[\p{L}\p{N}\p{M}]+/gu);
  const slug = (words ?? []).join("-");
  // By code points: half of a surrogate pair is no text.
  return slug === "" ? "article" : [...slug].slice(0, 100).join("").replace(/-$/, "");
}
