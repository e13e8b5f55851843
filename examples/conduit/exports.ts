import { Accepted, accepted, datetime, GiveUp, job, jobStatus, model, router } from "kilnjs";
import { z } from "zod";
import { listWholeArticles, measureArticles } from "./article-queries.ts";
import { Article } from "./articles.ts";
import { currentUser } from "./auth.ts";
import { database } from "./db.ts";

const Export = model("Export", { exportedAt: datetime(), articles: z.array(Article) });

/** The result is kept in the queue and sent as one document: it must fit into the memory of whoever reads it. */
const mostCharacters = 20_000_000;

const buildExport = job(
  "export-articles",
  {
    payload: z.object({ userId: z.int() }),
    needs: { database },
    returns: Export,
    singleton: "both",
    keep: "1d",
  },
  async ({ payload: { userId }, database, progress, signal }) => {
    const { count, characters } = await measureArticles(database, userId);
    if (characters > mostCharacters) throw new GiveUp("The articles are too long for one export");
    const articles = [];
    for await (const page of listWholeArticles(database, userId)) {
      signal.throwIfAborted();
      articles.push(...page);
      progress(
        Math.floor((100 * articles.length) / Math.max(count, articles.length)),
        `${articles.length} of ${count} articles`,
      );
    }
    return { exportedAt: new Date(), articles };
  },
);

export const exports = router({ prefix: "/user/export", tags: ["Export"] });

exports.post(
  "",
  {
    summary: "Export the articles of the current user",
    description: "Answers at once, and says in `Location` where the export can be followed and fetched.",
    needs: { user: currentUser, build: buildExport },
    returns: { 202: Accepted },
  },
  // Whoever asks again before it is done gets the same one.
  ({ user, build }) => accepted(build, { userId: user.id }, { singletonKey: String(user.id) }),
);

exports.include(
  jobStatus(buildExport, { needs: { user: currentUser }, allow: ({ user, payload }) => user.id === payload.userId }),
);
