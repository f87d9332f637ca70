"""The clients of librdkafka that a test makes end on threads of their own.

When the last reference goes, its threads are waited for, now and then for ever (gateway/closing.py): a test that waits
with them runs out of time, and takes its whole process along.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import confluent_kafka
from confluent_kafka.admin import AdminClient

_EVERY: Final = 1.0  # seconds
_OURS: Final = 2  # references: the list's, and the argument of the question
_kept: list[Any] = []


def keep() -> None:
    """All that are made from now on, by whoever imports them from now on."""
    AdminClient.__init__ = _keeping(AdminClient.__init__)  # type: ignore[method-assign]
    for name in ("Consumer", "Producer"):  # written in C: only a kind of them can be changed
        kind = getattr(confluent_kafka, name)
        setattr(confluent_kafka, name, type(name, (kind,), {"__init__": _keeping(kind.__init__)}))
    threading.Thread(target=_sweep, name="ends clients", daemon=True).start()


def forget() -> None:
    """Those that are left end with the process."""
    for client in _kept:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(client))


def _keeping(made: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, *args: Any, **options: Any) -> None:
        made(self, *args, **options)
        _kept.append(self)

    return init


def _sweep() -> None:
    while True:
        time.sleep(_EVERY)
        for place in reversed(range(len(_kept))):
            if sys.getrefcount(_kept[place]) == _OURS:
                held = [_kept.pop(place)]
                threading.Thread(target=held.clear, name="ends a client", daemon=True).start()
