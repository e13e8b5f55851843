import { type Selectable, sql } from "kysely";
import { type Database, refusing } from "./db.ts";
import { ArticleNotFound } from "./errors.ts";
import { nobody, profileOfAuthor } from "./profile-queries.ts";
import type { Tables } from "./schema.ts";

export type CommentRow = Selectable<Tables["comments"]>;

/** Comments as the viewer sees them. */
function shownTo(viewer: number = nobody, db: Database) {
  return db
    .selectFrom("comments")
    .innerJoin("users as author", "author.id", "comments.authorId")
    .select(["comments.id", "comments.body", "comments.createdAt", "comments.updatedAt"])
    .select(profileOfAuthor(viewer).as("author"));
}

/** The comments of an article, oldest first: a conversation is read from its beginning. */
export function listComments(db: Database, articleId: number, viewer: number | undefined) {
  return shownTo(viewer, db).where("comments.articleId", "=", articleId).orderBy("comments.id").execute();
}

export function findComment(db: Database, articleId: number, id: number): Promise<CommentRow | undefined> {
  return (
    db
      .selectFrom("comments")
      .selectAll()
      .where("articleId", "=", articleId)
      // As a bigint any integer may be asked for, also one that no id can be.
      .where("id", "=", sql<number>`${id}::bigint`)
      .executeTakeFirst()
  );
}

export async function insertComment(db: Database, articleId: number, authorId: number, body: string) {
  const { id } = await db
    .insertInto("comments")
    .values({ articleId, authorId, body })
    .returning("id")
    .executeTakeFirstOrThrow()
    .catch(refusing({ comments_article_id_fkey: ArticleNotFound }));
  return shownTo(authorId, db).where("comments.id", "=", id).executeTakeFirstOrThrow();
}

export async function deleteComment(db: Database, id: number): Promise<void> {
  await db.deleteFrom("comments").where("id", "=", id).execute();
}
