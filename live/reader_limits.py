"""How many pages of records one person may have read at once, in this process. Tails have limits of their own, and all
together those of the reader.

Whose reading it is comes from the request that is being answered; what nobody asked for is not limited here.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from access.acting import acting
from live.reader_failed import ReadFailed

OF_ONE = 8  # of 32 that a reader does at once

_lock = threading.Lock()
running: Counter[str] = Counter()  # by who


@contextmanager
def limited() -> Iterator[None]:
    """Raises ReadFailed (busy)."""
    who = acting.get()
    with _lock:
        if who and running[who] >= OF_ONE:
            raise ReadFailed(
                "busy", f"You are having {OF_ONE} pages of records read already. Try again when one of them is there."
            )
        running[who] += 1
    try:
        yield
    finally:
        with _lock:
            running[who] -= 1
            if running[who] <= 0:
                del running[who]
