# The same statements as those of the servers on Node, with asyncpg, which prepares each by itself.
import os
from random import randint

import asyncpg

pool_size = 10
item_by_id = "select id, name, price, cost from items where id = $1"
world_by_id = 'select id, randomnumber as "randomNumber" from world where id = $1'
all_fortunes = "select id, message from fortune"
set_worlds = """update world set randomnumber = fresh.number
    from (select * from unnest($1::int[], $2::int[]) as fresh (id, number) order by id) as fresh where world.id = fresh.id"""

pool = None


async def open_pool():
    global pool
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=pool_size, max_size=pool_size)


async def close_pool():
    await pool.close()


def random():
    return randint(1, 10_000)


def count_of(text):
    """How many rows a request wants, by TechEmpower's rule: what is no number is 1, and at most 500."""
    try:
        return min(max(int(text or ""), 1), 500)
    except ValueError:
        return 1


async def find_item(id):
    return await pool.fetchrow(item_by_id, id)


async def find_world():
    return dict(await pool.fetchrow(world_by_id, random()))


async def find_worlds(count):
    async with pool.acquire() as connection:
        return [dict(await connection.fetchrow(world_by_id, random())) for _ in range(count)]


async def update_worlds(count):
    async with pool.acquire() as connection:
        worlds = [dict(await connection.fetchrow(world_by_id, random())) for _ in range(count)]
        for world in worlds:
            world["randomNumber"] = random()
        await connection.execute(
            set_worlds, [world["id"] for world in worlds], [world["randomNumber"] for world in worlds]
        )
        return worlds


async def find_fortunes():
    fortunes = [(row["id"], row["message"]) for row in await pool.fetch(all_fortunes)]
    fortunes.append((0, "Additional fortune added at request time."))
    return sorted(fortunes, key=lambda fortune: fortune[1])
