# What comes in and what goes out, in pydantic.
from typing import List

from pydantic import BaseModel, Field, conint, conlist, constr


class NewLine(BaseModel):
    sku: constr(min_length=1)
    # Without `strict` 1.5 would be taken for 1.
    quantity: conint(strict=True, ge=1)


class NewOrder(BaseModel):
    customer: str = Field(min_length=1, max_length=100)
    items: conlist(NewLine, min_items=1)


class Line(BaseModel):
    sku: str
    quantity: int


class Order(BaseModel):
    id: int
    customer: str
    items: List[Line]
    total: float


class Shop(BaseModel):
    id: int
    owner: int
    role: str


class Item(BaseModel):
    id: int
    name: str
    price: float


class ListedItem(Item):
    tags: List[str]


class World(BaseModel):
    id: int
    randomNumber: int


class Hello(BaseModel):
    hello: str


class Message(BaseModel):
    message: str
