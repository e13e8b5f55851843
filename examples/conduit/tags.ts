import { model, router } from "kilnjs";
import { z } from "zod";
import { listTags } from "./article-queries.ts";
import { database } from "./db.ts";

const TagsResponse = model("TagsResponse", { tags: z.array(z.string()) });

export const tags = router({ tags: ["Tags"] });

tags.get(
  "/tags",
  { summary: "All tags in use, the most used first", needs: { database }, returns: TagsResponse },
  async ({ database }) => ({ tags: await listTags(database) }),
);
