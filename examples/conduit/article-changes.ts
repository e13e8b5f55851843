import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { ArticleRow } from "./article-queries.ts";
import { type Database, refusing } from "./db.ts";
import { ArticleNotFound } from "./errors.ts";
import { slugify } from "./slug.ts";

export interface NewArticle {
  readonly title: string;
  readonly description: string;
  readonly body: string;
  readonly tagList: readonly string[];
}

export type ArticleChanges = { readonly [K in keyof NewArticle]?: NewArticle[K] | undefined };

/** `/articles/feed` is a route, so no article may have that address. */
const reserved = "feed";

/** A slug that no article has. Whoever else wants the same one waits until this transaction has ended. */
async function freeSlug(tx: Database, title: string): Promise<string> {
  const slug = slugify(title);
  await sql`select pg_advisory_xact_lock(hashtextextended(${slug}, 0))`.execute(tx);
  const taken = await tx.selectFrom("articles").select("id").where("slug", "=", slug).executeTakeFirst();
  return taken === undefined && slug !== reserved ? slug : `${slug}-${randomBytes(4).toString("hex")}`;
}

async function addTags(tx: Database, articleId: number, tagList: readonly string[]): Promise<void> {
  const rows = [...new Set(tagList)].map((tag, position) => ({ articleId, tag, position }));
  if (rows.length > 0) await tx.insertInto("articleTags").values(rows).execute();
}

export async function insertArticle(tx: Database, authorId: number, article: NewArticle): Promise<number> {
  const { tagList, ...columns } = article;
  const { id } = await tx
    .insertInto("articles")
    .values({ ...columns, authorId, slug: await freeSlug(tx, article.title) })
    .returning("id")
    .executeTakeFirstOrThrow();
  await addTags(tx, id, tagList);
  return id;
}

export async function updateArticle(tx: Database, article: ArticleRow, changes: ArticleChanges): Promise<void> {
  const { tagList, title = article.title, description = article.description, body = article.body } = changes;
  const slug = title === article.title ? article.slug : await freeSlug(tx, title);
  const updated = await tx
    .updateTable("articles")
    // Even two changes within one millisecond can be told apart.
    .set({
      slug,
      title,
      description,
      body,
      updatedAt: sql`greatest(statement_timestamp(), updated_at + interval '1 ms')`,
    })
    .where("id", "=", article.id)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new ArticleNotFound();
  if (tagList === undefined) return;
  await tx.deleteFrom("articleTags").where("articleId", "=", article.id).execute();
  await addTags(tx, article.id, tagList);
}

export async function deleteArticle(db: Database, id: number): Promise<void> {
  await db.deleteFrom("articles").where("id", "=", id).execute();
}

export async function favorite(db: Database, articleId: number, userId: number): Promise<void> {
  await db
    .insertInto("favorites")
    .values({ articleId, userId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
    .catch(refusing({ favorites_article_id_fkey: ArticleNotFound }));
}

export async function unfavorite(db: Database, articleId: number, userId: number): Promise<void> {
  await db.deleteFrom("favorites").where("articleId", "=", articleId).where("userId", "=", userId).execute();
}
