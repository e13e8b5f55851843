import { randomBytes } from "node:crypto";
import type { Api } from "./api.ts";
import { type Article, articleOf, type Comment, commentOf, type User, userOf } from "./shapes.ts";

/** A name that nobody has yet, also on a server that has been used before. */
export const unique = (name: string): string => `${name}_${randomBytes(6).toString("hex")}`;

export const password = "password123";

export async function register(api: Api, name = "user"): Promise<User> {
  const username = unique(name);
  const user = { username, email: `${username}@test.com`, password };
  return userOf(await api.post("/users", { json: { user } }), 201);
}

export async function publish(api: Api, author: User, article: Record<string, unknown> = {}): Promise<Article> {
  const json = { article: { title: unique("Article"), description: "About it", body: "All of it", ...article } };
  return articleOf(await api.post("/articles", { token: author.token, json }), 201);
}

export async function comment(api: Api, author: User, slug: string, body = "A comment"): Promise<Comment> {
  return commentOf(await api.post(`/articles/${slug}/comments`, { token: author.token, json: { comment: { body } } }));
}
