# FastAPI with the work in an `async def` (on the event loop) or in a `def` (in its thread pool), by BURN.
import os
import time

from fastapi import FastAPI

app = FastAPI()


def burn(milliseconds: float) -> float:
    """Computes until the calling thread has used so many milliseconds of CPU."""
    before = time.thread_time()
    x = 1
    while (time.thread_time() - before) * 1000 < milliseconds or x == 0:
        for _ in range(10_000):
            x = (x * 1103515245 + 12345) & 0x7FFFFFFF
    return (time.thread_time() - before) * 1000


@app.get("/hello")
async def hello() -> dict[str, str]:
    return {"hello": "world"}


if os.environ["BURN"] == "async":

    @app.get("/burn")
    async def burn_on_the_loop() -> dict[str, float]:
        return {"burned": burn(500)}

else:

    @app.get("/burn")
    def burn_in_a_thread() -> dict[str, float]:
        return {"burned": burn(500)}
