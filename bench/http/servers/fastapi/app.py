# FastAPI as its documentation has it, with asyncpg; run by gunicorn with uvicorn's worker and uvloop.
from html import escape
from typing import List, Optional

import database
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import HTMLResponse
from logs import RequestLog, handled, production
from models import Hello, Item, ListedItem, Message, NewOrder, Order, Shop, World

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
app.add_event_handler("startup", database.open_pool)
app.add_event_handler("shutdown", database.close_pool)
if production:
    app.add_middleware(RequestLog)

items = [
    {
        "id": i + 1,
        "name": f"Item {i + 1}",
        "price": i + 2,
        "tags": ["a", "b"],
        "cost": i,
        "supplier": "never sent",
    }
    for i in range(100)
]


@app.get("/hello", response_model=Hello)
async def hello():
    handled(greeted=1)
    return {"hello": "world"}


@app.post("/orders", response_model=Order, status_code=201)
async def place_order(order: NewOrder):
    handled(items=len(order.items))
    return {**order.dict(), "id": 1, "total": len(order.items) * 10, "margin": 3}


async def caller(authorization: Optional[str] = Header(None)):
    if authorization is None or not authorization.startswith("Bearer "):
        raise HTTPException(401, "Who are you?")
    token = authorization[len("Bearer ") :]
    return {"id": len(token), "role": "member" if token == "member" else "guest"}


async def member(caller=Depends(caller)):
    if caller["role"] != "member":
        raise HTTPException(403, "Members only")
    return caller


async def the_shop(id: int, member=Depends(member)):
    return {"id": id, "owner": member["id"], "role": member["role"], "vault": "never sent"}


@app.get("/shops/{id}", response_model=Shop)
async def show_shop(shop=Depends(the_shop)):
    handled(shop=shop["id"])
    return shop


@app.get("/items", response_model=List[ListedItem])
async def list_items():
    handled(items=len(items))
    return items


@app.get("/items/{id}", response_model=Item)
async def show_item(id: int):
    handled(item=id)
    item = await database.find_item(id)
    if item is None:
        raise HTTPException(404, "No item has this id")
    return dict(item)


@app.get("/json", response_model=Message)
async def message():
    handled(greeted=1)
    return {"message": "Hello, World!"}


@app.get("/db", response_model=World)
async def world():
    handled(rows=1)
    return await database.find_world()


async def row_count(queries: Optional[str] = None):
    return database.count_of(queries)


@app.get("/queries", response_model=List[World])
async def worlds(count: int = Depends(row_count)):
    handled(rows=count)
    return await database.find_worlds(count)


@app.get("/updates", response_model=List[World])
async def updated(count: int = Depends(row_count)):
    handled(rows=count)
    return await database.update_worlds(count)


@app.get("/fortunes", response_class=HTMLResponse)
async def fortunes():
    handled(rows=12)
    rows = [f"<tr><td>{id}</td><td>{escape(message)}</td></tr>" for id, message in await database.find_fortunes()]
    head = "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>"
    return f"{head}{''.join(rows)}</table></body></html>"
