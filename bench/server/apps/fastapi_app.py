# What app.ts does, in FastAPI.
import os

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def who() -> dict[str, int]:
    return {"pid": os.getpid()}


@app.get("/spin")
async def spin_for_ever() -> None:
    while True:
        pass
