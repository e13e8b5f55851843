import { router } from "kilnjs";
import { favorite, unfavorite } from "./article-changes.ts";
import { showArticle } from "./article-queries.ts";
import { ArticleResponse, article } from "./articles.ts";
import { currentUser } from "./auth.ts";
import { database } from "./db.ts";

export const favorites = router({ prefix: "/articles/:slug/favorite", tags: ["Favorites"] });

favorites.post(
  "",
  { summary: "Favorite an article", needs: { user: currentUser, article, database }, returns: ArticleResponse },
  async ({ user, article, database }) => {
    await favorite(database, article.id, user.id);
    return { article: await showArticle(database, article.id, user.id) };
  },
);

favorites.delete(
  "",
  { summary: "Take a favorite back", needs: { user: currentUser, article, database }, returns: ArticleResponse },
  async ({ user, article, database }) => {
    await unfavorite(database, article.id, user.id);
    return { article: await showArticle(database, article.id, user.id) };
  },
);
