"""The readers of searches: processes of their own that give way to all else, one fewer than cores (at most four)."""

from __future__ import annotations

import atexit
import os
import threading

from django.conf import settings

from live.reader_link import ReaderLink

MOST = 4
NICE = 19

_pool: tuple[int, list[ReaderLink]] | None = None  # with the pid it belongs to: a fork must not talk on its parent's
_making = threading.Lock()


def pool() -> list[ReaderLink]:
    """This process's; each is started with its first request."""
    global _pool
    with _making:
        if _pool is None or _pool[0] != os.getpid():
            links = [
                ReaderLink(settings.READER_MB, NICE) for _ in range(min(MOST, max(1, len(os.sched_getaffinity(0)) - 1)))
            ]
            _pool = (os.getpid(), links)
            for link in links:
                atexit.register(link.close)
        return _pool[1]
