import assert from "node:assert/strict";
import type { Answer } from "./api.ts";

export interface User {
  email: string;
  token: string;
  username: string;
  bio: string | null;
  image: string | null;
}
export interface Profile {
  username: string;
  bio: string | null;
  image: string | null;
  following: boolean;
}
export interface ArticleSummary {
  slug: string;
  title: string;
  description: string;
  tagList: string[];
  createdAt: string;
  updatedAt: string;
  favorited: boolean;
  favoritesCount: number;
  author: Profile;
}
export interface Article extends ArticleSummary {
  body: string;
}
export interface Comment {
  id: number;
  createdAt: string;
  updatedAt: string;
  body: string;
  author: Profile;
}

type Check = (value: unknown, at: string) => void;

const string: Check = (value, at) => assert.equal(typeof value, "string", `${at} is no string: ${String(value)}`);
const boolean: Check = (value, at) => assert.equal(typeof value, "boolean", `${at} is no boolean: ${String(value)}`);
const count: Check = (value, at) => assert.ok(Number.isInteger(value) && Number(value) >= 0, `${at}: ${String(value)}`);
const nullable =
  (check: Check): Check =>
  (value, at) =>
    value === null || check(value, at);
const time: Check = (value, at) => {
  assert.match(String(value), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, at);
  assert.equal(new Date(String(value)).toISOString(), value, at);
};
const list =
  (check: Check): Check =>
  (value, at) => {
    assert.ok(Array.isArray(value), `${at} is no array`);
    for (const [index, item] of value.entries()) check(item, `${at}[${index}]`);
  };
/** Exactly these keys: one too many is as wrong as one too few. */
const shape =
  (fields: Record<string, Check>): Check =>
  (value, at) => {
    assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), `${at} is no object`);
    assert.deepEqual(Object.keys(value).sort(), Object.keys(fields).sort(), `keys of ${at}`);
    for (const [key, item] of Object.entries(value)) fields[key]?.(item, `${at}.${key}`);
  };

const user = shape({ email: string, token: string, username: string, bio: nullable(string), image: nullable(string) });
const profile = shape({ username: string, bio: nullable(string), image: nullable(string), following: boolean });
const summaryFields = {
  slug: string,
  title: string,
  description: string,
  tagList: list(string),
  createdAt: time,
  updatedAt: time,
  favorited: boolean,
  favoritesCount: count,
  author: profile,
};
const article = shape({ ...summaryFields, body: string });
const comment = shape({ id: count, createdAt: time, updatedAt: time, body: string, author: profile });

function reader<T>(check: Check): (answer: Answer, status?: number) => T {
  return (answer, status = 200) => {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json(; charset=utf-8)?$/);
    check(answer.json, "$");
    // The check above has looked at every key and type.
    return answer.json as T;
  };
}

const readUser = reader<{ user: User }>(shape({ user }));
const readProfile = reader<{ profile: Profile }>(shape({ profile }));
const readArticle = reader<{ article: Article }>(shape({ article }));
const readComment = reader<{ comment: Comment }>(shape({ comment }));
const readComments = reader<{ comments: Comment[] }>(shape({ comments: list(comment) }));
const readTags = reader<{ tags: string[] }>(shape({ tags: list(string) }));
const readErrors = reader<{ errors: Record<string, string[]> }>(
  shape({ errors: (value, at) => list(list(string))(Object.values(Object(value)), at) }),
);

/** A page of articles; none of them carries its body. */
export const articlesOf: (answer: Answer) => { articles: ArticleSummary[]; articlesCount: number } = reader(
  shape({ articles: list(shape(summaryFields)), articlesCount: count }),
);
export const userOf = (answer: Answer, status?: number): User => readUser(answer, status).user;
export const profileOf = (answer: Answer): Profile => readProfile(answer).profile;
export const articleOf = (answer: Answer, status?: number): Article => readArticle(answer, status).article;
export const commentOf = (answer: Answer): Comment => readComment(answer, 201).comment;
export const commentsOf = (answer: Answer): Comment[] => readComments(answer).comments;
export const tagsOf = (answer: Answer): string[] => readTags(answer).tags;
export const errorsOf = (answer: Answer, status: number): Record<string, string[]> => readErrors(answer, status).errors;

/** The answer is this error and nothing else. */
export function assertErrors(answer: Answer, status: number, errors: Record<string, string[]>): void {
  assert.deepEqual(errorsOf(answer, status), errors);
}

/** The answer is a success without content. */
export function assertEmpty(answer: Answer): void {
  assert.equal(answer.status, 204, answer.text);
  assert.equal(answer.text, "");
}
