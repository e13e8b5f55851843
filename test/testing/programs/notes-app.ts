import { type App, body, defineSettings, kiln } from "kilnjs";
import { type Postgres, postgres } from "kilnjs/postgres";
import { z } from "zod";

const settings = defineSettings({ databaseUrl: z.string() });
const migrations = new URL("../migrations/", import.meta.url);

/** The database of the app. */
export const db: Postgres = postgres({ settings }, ({ settings }) => ({ url: settings.databaseUrl, migrations }));

/** An app that keeps notes. */
export const app: App = kiln({ title: "Notes", settings });
app.post("/notes", { needs: { text: body(z.string()), tx: db.transaction } }, async ({ text, tx }) => {
  await tx.query("insert into notes (text) values ($1)", [text]);
});
app.get("/notes", { needs: { connection: db.connection } }, async ({ connection }) => {
  const { rows } = await connection.query<{ text: string }>("select text from notes order by id");
  return rows.map(({ text }) => text);
});
