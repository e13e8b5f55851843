import { type Expression, expressionBuilder, type Selectable, type SqlBool, sql } from "kysely";
import type { Database } from "./db.ts";
import { nobody, profileOfAuthor } from "./profile-queries.ts";
import type { Tables } from "./schema.ts";

export type ArticleRow = Selectable<Tables["articles"]>;

/** Which articles a list holds. */
export interface ArticleFilter {
  readonly tag?: string | undefined;
  readonly author?: string | undefined;
  readonly favorited?: string | undefined;
  /** The id of a user: only articles of those they follow. */
  readonly followedBy?: number;
}

/** Which part of a list is shown. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

function matches({ tag, author, favorited, followedBy }: ArticleFilter): Expression<SqlBool> {
  const eb = expressionBuilder<Tables & { author: Tables["users"] }, "articles" | "author">();
  const conditions: Expression<SqlBool>[] = [];
  if (author !== undefined) conditions.push(eb("author.username", "=", author));
  if (tag !== undefined) {
    conditions.push(eb("articles.id", "in", eb.selectFrom("articleTags").select("articleId").where("tag", "=", tag)));
  }
  if (favorited !== undefined) {
    const favorites = eb
      .selectFrom("favorites")
      .innerJoin("users as fan", "fan.id", "favorites.userId")
      .select("favorites.articleId")
      .where("fan.username", "=", favorited);
    conditions.push(eb("articles.id", "in", favorites));
  }
  if (followedBy !== undefined) {
    const followed = eb.selectFrom("follows").select("followedId").where("followerId", "=", followedBy);
    conditions.push(eb("articles.authorId", "in", followed));
  }
  return eb.and(conditions);
}

function withAuthor(db: Database) {
  return db.selectFrom("articles").innerJoin("users as author", "author.id", "articles.authorId");
}

const tagList = sql<string[]>`(
  select coalesce(array_agg(tag order by position), '{}') from article_tags where article_id = articles.id)`;
const favoritesCount = sql<number>`(
  select count(*)::integer from favorites where article_id = articles.id)`;
const favoritedBy = (viewer: number) => sql<boolean>`exists (
  select from favorites where article_id = articles.id and user_id = ${viewer})`;

/** Articles as the viewer sees them, with all that belongs to one: a list is one query, not one per article. */
function shownTo(viewer: number = nobody, db: Database) {
  return withAuthor(db).select([
    "articles.slug",
    "articles.title",
    "articles.description",
    "articles.createdAt",
    "articles.updatedAt",
    tagList.as("tagList"),
    favoritesCount.as("favoritesCount"),
    favoritedBy(viewer).as("favorited"),
    profileOfAuthor(viewer).as("author"),
  ]);
}

export async function listArticles(db: Database, filter: ArticleFilter, page: Page, viewer: number | undefined) {
  const articles = await shownTo(viewer, db)
    .where(matches(filter))
    .orderBy("articles.createdAt", "desc")
    .orderBy("articles.id", "desc")
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  const { articlesCount } = await withAuthor(db)
    .where(matches(filter))
    .select(sql<number>`count(*)::integer`.as("articlesCount"))
    .executeTakeFirstOrThrow();
  return { articles, articlesCount };
}

export function findArticle(db: Database, slug: string): Promise<ArticleRow | undefined> {
  return db.selectFrom("articles").selectAll().where("slug", "=", slug).executeTakeFirst();
}

/** One article as the viewer sees it. */
export function showArticle(db: Database, id: number, viewer: number | undefined) {
  return shownTo(viewer, db).select("articles.body").where("articles.id", "=", id).executeTakeFirstOrThrow();
}

/** How many articles a user has, and how long they are together. */
export function measureArticles(db: Database, authorId: number): Promise<{ count: number; characters: number }> {
  return db
    .selectFrom("articles")
    .select([
      sql<number>`count(*)::integer`.as("count"),
      sql<number>`coalesce(sum(length(title) + length(description) + length(body)), 0)::float8`.as("characters"),
    ])
    .where("authorId", "=", authorId)
    .executeTakeFirstOrThrow();
}

/** All articles of a user with their bodies, oldest first, page by page. */
export async function* listWholeArticles(db: Database, authorId: number, pageSize: number = 50) {
  for (let last = 0; ; ) {
    const page = await shownTo(authorId, db)
      .select(["articles.id", "articles.body"])
      .where("articles.authorId", "=", authorId)
      .where("articles.id", ">", last)
      .orderBy("articles.id")
      .limit(pageSize)
      .execute();
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    last = page.at(-1)?.id ?? last;
  }
}

export async function listTags(db: Database): Promise<string[]> {
  const rows = await db
    .selectFrom("articleTags")
    .select("tag")
    .groupBy("tag")
    .orderBy((eb) => eb.fn.countAll(), "desc")
    .orderBy("tag")
    .execute();
  return rows.map(({ tag }) => tag);
}
