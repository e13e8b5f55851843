import type { Generated } from "kysely";

/** The tables as Kysely sees them: columns in camelCase, see `db.ts`. The SQL is in `migrations/`. */
export interface Tables {
  users: {
    id: Generated<number>;
    username: string;
    email: string;
    passwordHash: string;
    bio: string | null;
    image: string | null;
    createdAt: Generated<Date>;
    updatedAt: Generated<Date>;
  };
  follows: { followerId: number; followedId: number };
  articles: {
    id: Generated<number>;
    authorId: number;
    slug: string;
    title: string;
    description: string;
    body: string;
    createdAt: Generated<Date>;
    updatedAt: Generated<Date>;
  };
  articleTags: { articleId: number; tag: string; position: number };
  favorites: { articleId: number; userId: number };
  comments: {
    id: Generated<number>;
    articleId: number;
    authorId: number;
    body: string;
    createdAt: Generated<Date>;
    updatedAt: Generated<Date>;
  };
  tagCounts: { tag: string; articles: number; countedAt: Generated<Date> };
  finishedJobs: { id: string; finishedAt: Generated<Date> };
}
