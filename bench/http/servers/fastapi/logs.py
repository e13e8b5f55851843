# Structured lines with the standard library, which know the request that the code runs for.
import json
import logging
import os
import sys
import time
from contextvars import ContextVar
from uuid import uuid4

production = os.environ["MODE"] == "production"
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {"level": record.levelname.lower(), "time": record.created, "request_id": request_id.get()}
        line.update(record.fields)
        line["message"] = record.getMessage()
        return json.dumps(line)


handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(JsonFormatter())
logger = logging.getLogger("bench")
logger.addHandler(handler)
logger.setLevel(logging.INFO)
logger.propagate = False


def handled(**fields):
    """Writes the line of a handler; nothing in bare mode."""
    if production:
        logger.info("handled", extra={"fields": fields})


class RequestLog:
    """Gives each request its id and its two lines. Plain ASGI, which costs less than a middleware function."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        id = str(uuid4()) if given is None else given.decode("latin-1")
        token = request_id.set(id)
        started = time.perf_counter()
        asked = {"method": scope["method"], "path": scope["path"]}
        status = 500
        logger.info("request_received", extra={"fields": asked})

        async def send_with_id(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", id.encode("latin-1")))
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            duration = (time.perf_counter() - started) * 1000
            logger.info(
                "request_completed", extra={"fields": {**asked, "status_code": status, "duration_ms": duration}}
            )
            request_id.reset(token)
