import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import { type Database, refusing } from "./db.ts";
import { EmailTaken, UsernameTaken } from "./errors.ts";
import type { Tables } from "./schema.ts";

export type User = Selectable<Tables["users"]>;

const refuseTaken = refusing({ users_username_key: UsernameTaken, users_email_key: EmailTaken });

export function insertUser(db: Database, user: Insertable<Tables["users"]>): Promise<User> {
  return db.insertInto("users").values(user).returningAll().executeTakeFirstOrThrow().catch(refuseTaken);
}

export function updateUser(db: Database, id: number, changes: Updateable<Tables["users"]>): Promise<User> {
  return db
    .updateTable("users")
    .set({ ...changes, updatedAt: sql<Date>`statement_timestamp()` })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(refuseTaken);
}

export function findUser(db: Database, id: number): Promise<User | undefined> {
  return db.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst();
}

export function findUserByEmail(db: Database, email: string): Promise<User | undefined> {
  return db.selectFrom("users").selectAll().where(sql`lower(email)`, "=", sql`lower(${email})`).executeTakeFirst();
}
