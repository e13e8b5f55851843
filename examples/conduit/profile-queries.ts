import { type AliasableExpression, expressionBuilder } from "kysely";
import { jsonBuildObject } from "kysely/helpers/postgres";
import { type Database, refusing } from "./db.ts";
import { ProfileNotFound } from "./errors.ts";
import type { Tables } from "./schema.ts";

/** A user as another user sees them. */
export interface Profile {
  username: string;
  bio: string | null;
  image: string | null;
  following: boolean;
}

/** Nobody has this id: ids start at 1. */
export const nobody = 0;

/** The profile of the joined user `author`, to be selected beside anything that has one. */
export function profileOfAuthor(viewer: number = nobody): AliasableExpression<Profile> {
  const eb = expressionBuilder<Tables & { author: Tables["users"] }, "author">();
  const follow = eb
    .selectFrom("follows")
    .select("followedId")
    .where("followerId", "=", viewer)
    .whereRef("followedId", "=", "author.id");
  return jsonBuildObject({
    username: eb.ref("author.username"),
    bio: eb.ref("author.bio"),
    image: eb.ref("author.image"),
    following: eb.exists(follow).$castTo<boolean>(),
  });
}

/** A user whose profile is asked for. */
export interface Target {
  id: number;
  profile: Profile;
}

export function findTarget(db: Database, username: string, viewer: number | undefined): Promise<Target | undefined> {
  return db
    .selectFrom("users as author")
    .select(["id", profileOfAuthor(viewer).as("profile")])
    .where("username", "=", username)
    .executeTakeFirst();
}

export async function follow(db: Database, followerId: number, followedId: number): Promise<void> {
  await db
    .insertInto("follows")
    .values({ followerId, followedId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
    .catch(refusing({ follows_followed_id_fkey: ProfileNotFound }));
}

export async function unfollow(db: Database, followerId: number, followedId: number): Promise<void> {
  await db.deleteFrom("follows").where("followerId", "=", followerId).where("followedId", "=", followedId).execute();
}
