// The statements, prepared and run in the same way by all servers on Node.

interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The pool of `pg`, that of Kiln, or a connection of it. */
export interface Queryable {
  query(config: Statement & { values: unknown[] }): Promise<{ rows: unknown[] }>;
}

export interface Item {
  readonly id: number;
  readonly name: string;
  readonly price: number;
}

export interface World {
  readonly id: number;
  randomNumber: number;
}

export interface Fortune {
  readonly id: number;
  readonly message: string;
}

const itemById = { name: "item", text: "select id, name, price, cost from items where id = $1" };
const worldById = { name: "world", text: 'select id, randomnumber as "randomNumber" from world where id = $1' };
const allFortunes = { name: "fortunes", text: "select id, message from fortune" };
const setWorlds = {
  name: "update",
  text: `update world set randomnumber = fresh.number
    from (select * from unnest($1::int[], $2::int[]) as fresh (id, number) order by id) as fresh where world.id = fresh.id`,
};
const worldRows = 10_000;

async function rowsOf<Row>(db: Queryable, statement: Statement, ...values: unknown[]): Promise<Row[]> {
  // What the columns of the statement are.
  return (await db.query({ ...statement, values })).rows as Row[];
}

function random(): number {
  return 1 + Math.floor(Math.random() * worldRows);
}

/** An item, with a column that no model has. */
export async function findItem(db: Queryable, id: number): Promise<Item | undefined> {
  const [item] = await rowsOf<Item>(db, itemById, id);
  return item;
}

/** How many rows a request wants, by TechEmpower's rule: what is no number is 1, and at most 500. */
export function countOf(text: string | null | undefined): number {
  const count = Number.parseInt(text ?? "", 10);
  return Number.isNaN(count) ? 1 : Math.min(Math.max(count, 1), 500);
}

/** A random row of World. */
export async function findWorld(db: Queryable): Promise<World> {
  const [world] = await rowsOf<World>(db, worldById, random());
  if (world === undefined) throw new Error("World has 10,000 rows");
  return world;
}

/** Random rows, a statement for each. */
export function findWorlds(db: Queryable, count: number): Promise<World[]> {
  return Promise.all(Array.from({ length: count }, () => findWorld(db)));
}

/** Random rows, each with a new number, which is stored in one statement. */
export async function updateWorlds(db: Queryable, count: number): Promise<World[]> {
  const worlds = await findWorlds(db, count);
  for (const world of worlds) world.randomNumber = random();
  const columns = [worlds.map(({ id }) => id), worlds.map(({ randomNumber }) => randomNumber)];
  await rowsOf(db, setWorlds, ...columns);
  return worlds;
}

/** All fortunes and one of the request, sorted by what they say. */
export async function findFortunes(db: Queryable): Promise<Fortune[]> {
  const fortunes = await rowsOf<Fortune>(db, allFortunes);
  fortunes.push({ id: 0, message: "Additional fortune added at request time." });
  return fortunes.sort((a, b) => (a.message < b.message ? -1 : 1));
}
