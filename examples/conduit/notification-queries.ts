import type { Database } from "./db.ts";

/** An article with who is told of it. */
export interface Notice {
  readonly follower: { readonly username: string; readonly email: string };
  readonly author: string;
  readonly title: string;
  readonly description: string;
  readonly slug: string;
}

/** The ids of those who follow the author of an article. */
export async function listFollowersOfAuthor(db: Database, articleId: number): Promise<number[]> {
  const rows = await db
    .selectFrom("articles")
    .innerJoin("follows", "follows.followedId", "articles.authorId")
    .select("follows.followerId")
    .where("articles.id", "=", articleId)
    .orderBy("follows.followerId")
    .execute();
  return rows.map(({ followerId }) => followerId);
}

/** What a follower is told; undefined when there is nothing to tell them any more. */
export async function findNotice(db: Database, articleId: number, followerId: number): Promise<Notice | undefined> {
  const row = await db
    .selectFrom("articles")
    .innerJoin("users as author", "author.id", "articles.authorId")
    .innerJoin("follows", "follows.followedId", "author.id")
    .innerJoin("users as follower", "follower.id", "follows.followerId")
    .select(["articles.title", "articles.description", "articles.slug", "author.username as author"])
    .select(["follower.username", "follower.email"])
    .where("articles.id", "=", articleId)
    .where("follower.id", "=", followerId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { username, email, ...notice } = row;
  return { ...notice, follower: { username, email } };
}
