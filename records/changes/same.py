"""Whether topics are still those that were planned for, asked ten times a second for as long as records are moved.

A producer would not notice: a topic that is deleted and made again under its name is written on in silence.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.errors import KafkaFault

if TYPE_CHECKING:
    from gateway.cluster import Cluster

EVERY = 0.1  # seconds


class Same:
    """A thread of its own, so that a broker that hangs holds up nobody's stop. `with` it."""

    def __init__(self, topics: Mapping[str, str | None], cluster: Cluster) -> None:
        """`topics`: the id of each by its name."""
        self._topics, self._cluster = dict(topics), cluster
        self._confirmed = 0.0
        self._ended = threading.Event()
        self.changed = ""  # a sentence, once one of them is another
        self._thread = threading.Thread(target=self._run, name="same topics", daemon=True)

    def __enter__(self) -> Same:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def since(self, moment: float) -> bool:
        """Whether a look that began after `moment` (monotonic) found all of them the same."""
        return self._confirmed > moment

    def _run(self) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                now = self._cluster.topics.ids(self._topics)
            except KafkaFault:
                now = None  # cannot be asked now: not confirmed either
            if now is not None:
                self.changed = changed(self._topics, now)
                if self.changed:
                    return
                self._confirmed = began
            self._ended.wait(EVERY)


def changed(planned: Mapping[str, str | None], now: Mapping[str, str | None]) -> str:
    for name, id in planned.items():
        if now.get(name) is None:
            return f"The topic {name} was deleted."
        if now[name] != id:
            return f"The topic {name} was deleted and created again: this is another one."
    return ""
