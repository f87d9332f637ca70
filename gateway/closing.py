"""Closing librdkafka's clients where nobody waits for it.

It joins its own threads, and now and then for ever: after a batch that it could not read (6 of 900 readings that were
closed at once, with and without `unassign`; a tenth of a second later none of 600), after brokers that went away
(librdkafka's issues 4519 and 4674, open). So no thread that has something else to do closes one, or drops the last
reference to one, which is the same.
"""

from __future__ import annotations

import threading
from typing import Any, Final

RESTS: Final = 0.1  # seconds: while it rests it keeps some five threads and their megabytes, and a reader has a limit


def close_later(client: Any) -> None:
    """Takes it over: the caller uses it no more, and keeps no reference."""
    held = [client]
    del client
    closing = threading.Timer(RESTS, _close, (held,))
    closing.name, closing.daemon = "closes a Kafka client", True
    closing.start()


def _close(held: list[Any]) -> None:
    client = held.pop()
    if hasattr(client, "close"):  # an AdminClient ends with its last reference
        client.close()
