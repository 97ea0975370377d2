"""A plugin of `panel serve` that counts live pages and memory at /census, for the test of leaving visitors."""

import contextlib
import ctypes
import gc
import json

import psutil
from tornado.web import RequestHandler

COUNTED = {"pages": "Page", "sessions": "Session", "documents": "Document"}


class Census(RequestHandler):
    """Live page objects, sessions of ours and documents, and the memory of the process in MB."""

    def get(self) -> None:
        gc.collect()
        with contextlib.suppress(OSError, AttributeError):  # glibc: give back what is free
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        alive = [type(found).__name__ for found in gc.get_objects()]
        counts = {name: alive.count(kind) for name, kind in COUNTED.items()}
        self.write(json.dumps({**counts, "megabytes": psutil.Process().memory_info().rss / 1e6}))


ROUTES = [("/census", Census, {})]
