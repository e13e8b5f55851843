import { resource } from "kilnjs";
import { type PostgresPool, sql } from "kysely";
import { favorite, insertArticle } from "./article-changes.ts";
import { insertComment } from "./comment-queries.ts";
import { type Database, db, kyselyOn } from "./db.ts";
import { type Passwords, passwords } from "./passwords.ts";
import { follow } from "./profile-queries.ts";
import { settings } from "./settings.ts";
import { recount } from "./tag-counts.ts";
import { insertUser } from "./user-queries.ts";

/** The password of every demo user. */
const demoPassword = "conduit-demo";

const users = [
  { username: "jake", email: "jake@example.com", bio: "I work at statefarm", follows: ["anna", "marek"] },
  { username: "anna", email: "anna@example.com", bio: "Writes about databases and bread", follows: ["jake"] },
  { username: "marek", email: "marek@example.com", bio: null, follows: ["anna"] },
];

const articles = [
  {
    author: "jake",
    title: "How to train your dragon",
    description: "Ever wonder how?",
    body: "It takes a Jacobian.\n\nAnd patience, a bucket of fish and a roof that you do not mind losing.",
    tagList: ["dragons", "training"],
    favoritedBy: ["anna", "marek"],
    comments: [
      { author: "anna", body: "Mine only listens when it is hungry." },
      { author: "jake", body: "Then it listens all day." },
    ],
  },
  {
    author: "anna",
    title: "One query for a list",
    description: "Why an article list needs no second look per article",
    body: "Join what there is one of, aggregate what there are many of, and count apart from the page.",
    tagList: ["postgres", "sql"],
    favoritedBy: ["jake"],
    comments: [{ author: "marek", body: "And an index for the order in which the list is shown." }],
  },
  {
    author: "anna",
    title: "Sourdough for programmers",
    description: "A starter is a long-lived process",
    body: "Feed it on a schedule, watch for leaks, and keep a backup in the fridge.",
    tagList: ["bread"],
    favoritedBy: ["jake", "marek"],
    comments: [],
  },
  {
    author: "marek",
    title: "Reading logs like a novel",
    description: "One line per event, and a request id as the thread of the story",
    body: "A log line nobody can search is a diary entry.",
    tagList: ["logging", "training"],
    favoritedBy: [],
    comments: [],
  },
];

async function hasUsers(database: Database): Promise<boolean> {
  return (await database.selectFrom("users").select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** Written by the queries, not by the routes: nobody is welcomed or told of an article, since no job is enqueued. */
async function plantIn(tx: Database, passwordHash: string): Promise<void> {
  // Of several processes that start at once, the first plants; the others wait here and then find users.
  await sql`select pg_advisory_xact_lock(hashtext('conduit demo data'))`.execute(tx);
  if (await hasUsers(tx)) return;
  const ids = new Map<string, number>();
  // Every name below is one of the users above.
  const idOf = (username: string) => ids.get(username) ?? 0;
  for (const { username, email, bio } of users) {
    ids.set(username, (await insertUser(tx, { username, email, bio, passwordHash })).id);
  }
  for (const { username, follows } of users) {
    for (const followed of follows) await follow(tx, idOf(username), idOf(followed));
  }
  for (const { author, favoritedBy, comments, ...article } of articles) {
    const id = await insertArticle(tx, idOf(author), article);
    for (const fan of favoritedBy) await favorite(tx, id, idOf(fan));
    for (const comment of comments) await insertComment(tx, id, idOf(comment.author), comment.body);
  }
  // So that there is something to see before the first night.
  await recount(tx);
}

/** Puts the demo data into a database without users; leaves any other alone. */
export async function plant(pool: PostgresPool, { hash }: Passwords): Promise<void> {
  const database = kyselyOn(pool);
  // Looked up first, since hashing is made to take long and most starts find the data there.
  if (await hasUsers(database)) return;
  const passwordHash = await hash(demoPassword);
  await database.transaction().execute((tx) => plantIn(tx, passwordHash));
}

/** Opened with the app: where the settings ask for it, an empty database gets something to look at. */
export const demoData = resource(
  { settings, pool: db.pool, passwords },
  async function* demoData({ settings, pool, passwords }) {
    if (settings.demoData) await plant(pool, passwords);
    yield settings.demoData;
  },
);
