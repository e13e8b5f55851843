import { Readable } from "node:stream";
import { body, datetime, depends, model, path, query, reply, router } from "kilnjs";
import { z } from "zod";
import { deleteArticle, insertArticle, updateArticle } from "./article-changes.ts";
import { type ArticleRow, findArticle, listArticles, showArticle } from "./article-queries.ts";
import { currentUser, viewer } from "./auth.ts";
import { paintCover } from "./cover.ts";
import { database, db, transaction } from "./db.ts";
import { ArticleForbidden, ArticleNotFound } from "./errors.ts";
import { lookup, text } from "./fields.ts";
import { notifyFollowers } from "./notifications.ts";
import { Profile } from "./profiles.ts";

export const Article = model("Article", {
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  body: z.string(),
  tagList: z.array(z.string()),
  createdAt: datetime(),
  updatedAt: datetime(),
  favorited: z.boolean(),
  favoritesCount: z.int(),
  author: Profile,
});
export const ArticleResponse = model("ArticleResponse", { article: Article });
const ArticleSummary = model("ArticleSummary", Article.omit({ body: true }));
const ArticlesResponse = model("ArticlesResponse", { articles: z.array(ArticleSummary), articlesCount: z.int() });

const tags = z.array(text(100), "is invalid").max(100, "is too long (maximum is 100 tags)");
const NewArticle = model("NewArticle", {
  title: text(1000),
  description: text(10_000),
  body: text(1_000_000),
  tagList: tags.default([]),
});
const UpdateArticle = model("UpdateArticle", NewArticle.extend({ tagList: tags }).partial());

const largestPage = 100;
const limit = z
  .int()
  .min(1, "must be at least 1")
  .transform((asked) => Math.min(asked, largestPage));
const page = {
  limit: query(limit.default(20), {
    description: `How many articles to give; more than ${largestPage} are never given`,
  }),
  offset: query(z.int().min(0, "must be at least 0").default(0), { description: "How many articles to skip" }),
};

/** The article in the path. */
export const article = depends(
  { slug: path(lookup), database },
  async function article({ slug, database }): Promise<ArticleRow> {
    const found = await findArticle(database, slug);
    if (found === undefined) throw new ArticleNotFound();
    return found;
  },
  { raises: [ArticleNotFound] },
);

/** The article in the path, for its author alone. */
const ownArticle = depends(
  { article, user: currentUser },
  function ownArticle({ article, user }) {
    if (article.authorId !== user.id) throw new ArticleForbidden();
    return article;
  },
  { raises: [ArticleForbidden] },
);

export const articles = router({ prefix: "/articles", tags: ["Articles"] });

articles.get(
  "",
  {
    summary: "The newest articles",
    needs: {
      ...page,
      tag: query(lookup.optional(), { description: "Only articles with this tag" }),
      author: query(lookup.optional(), { description: "Only articles of this user" }),
      favorited: query(lookup.optional(), { description: "Only articles that this user has favorited" }),
      viewer,
      database,
    },
    returns: ArticlesResponse,
  },
  ({ limit, offset, tag, author, favorited, viewer, database }) =>
    listArticles(database, { tag, author, favorited }, { limit, offset }, viewer),
);

articles.get(
  "/feed",
  {
    summary: "The newest articles of the users that the current user follows",
    needs: { ...page, user: currentUser, database },
    returns: ArticlesResponse,
  },
  ({ limit, offset, user, database }) => listArticles(database, { followedBy: user.id }, { limit, offset }, user.id),
);

articles.post(
  "",
  {
    summary: "Publish an article",
    needs: {
      user: currentUser,
      article: body(NewArticle, { name: "article" }),
      transaction,
      tx: db.transaction,
      notify: notifyFollowers,
    },
    returns: ArticleResponse,
    status: 201,
  },
  async ({ user, article, transaction, tx, notify }) => {
    const id = await insertArticle(transaction, user.id, article);
    await notify({ articleId: id }, { tx });
    return { article: await showArticle(transaction, id, user.id) };
  },
);

articles.get(
  "/:slug",
  { summary: "An article", needs: { viewer, article, database }, returns: ArticleResponse },
  async ({ viewer, article, database }) => ({ article: await showArticle(database, article.id, viewer) }),
);

articles.get(
  "/:slug/cover.svg",
  { summary: "A cover image, made from the article's title", needs: { article, reply } },
  async ({ article, reply }) => {
    reply.header("cache-control", "public, max-age=300");
    return reply.stream(Readable.from([await paintCover(article.title)]), "image/svg+xml");
  },
);

articles.put(
  "/:slug",
  {
    summary: "Change an article",
    description: "What is left out stays as it is. A new title gives the article a new slug.",
    needs: { user: currentUser, changes: body(UpdateArticle, { name: "article" }), article: ownArticle, transaction },
    returns: ArticleResponse,
  },
  async ({ user, changes, article, transaction }) => {
    await updateArticle(transaction, article, changes);
    return { article: await showArticle(transaction, article.id, user.id) };
  },
);

articles.delete(
  "/:slug",
  { summary: "Delete an article", needs: { article: ownArticle, database }, returns: { 204: null } },
  ({ article, database }) => deleteArticle(database, article.id),
);
