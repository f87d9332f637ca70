"""How a fault went, as it was seen while it went. Pure."""

from __future__ import annotations

import msgspec

from lab.producers.faults.asked import WAYS


class Story(msgspec.Struct):
    """Times are ms since 1970."""

    #: of each producer [ms, handed over, acknowledged, failed], four times a second
    samples: list[list[list[int]]] = msgspec.field(default_factory=lambda: [[] for _ in WAYS])
    began: int | None = None  # the fault
    ended: int | None = None
    back: int | None = None  # the broker answered again
