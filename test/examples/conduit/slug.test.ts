import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { slugify } from "../../../examples/conduit/slug.ts";

test("makes words of a title", () => {
  const slugs: Record<string, string> = {
    "How to train your dragon": "how-to-train-your-dragon",
    "  Crème brûlée & İstanbul!  ": "creme-brulee-istanbul",
    "C++ in 24 hours": "c-in-24-hours",
    日本語のタイトル: "日本語のタイトル",
    "!!!": "article",
    "": "article",
  };
  for (const [title, slug] of Object.entries(slugs)) assert.equal(slugify(title), slug);
});

test("makes a slug of any title that stays itself in a URL and as a title", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (title) => {
      const slug = slugify(title);
      assert.ok(slug.length > 0 && [...slug].length <= 100);
      assert.ok(slug.isWellFormed());
      assert.doesNotMatch(slug, /[\s/?#%\p{Cc}]|^-|-$|--/u);
      assert.equal(decodeURIComponent(encodeURIComponent(slug)), slug);
    }),
  );
});
