import { datetime, model, router } from "kilnjs";
import { z } from "zod";
import { listTags } from "./article-queries.ts";
import { database } from "./db.ts";
import { listTagCounts } from "./tag-counts.ts";

const TagsResponse = model("TagsResponse", { tags: z.array(z.string()) });

const TagCount = model("TagCount", { tag: z.string(), articles: z.int(), countedAt: datetime() });
const TagCountsResponse = model("TagCountsResponse", { counts: z.array(TagCount) });

export const tags = router({ tags: ["Tags"] });

tags.get(
  "/tags",
  { summary: "All tags in use, the most used first", needs: { database }, returns: TagsResponse },
  async ({ database }) => ({ tags: await listTags(database) }),
);

tags.get(
  "/tags/counts",
  {
    summary: "The tags with the most articles, as counted last night",
    needs: { database },
    returns: TagCountsResponse,
  },
  async ({ database }) => ({ counts: await listTagCounts(database) }),
);
