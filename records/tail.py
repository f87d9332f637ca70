"""The socket of the live tail of one topic."""

from __future__ import annotations

from typing import Any, ClassVar

from channels.db import database_sync_to_async

from records.reading import reading
from records.tailing import Tailing, begun
from records.unmasking import with_right


class TailSocket(Tailing):
    """`start` carries {filter, case, where, partition, one_in, committed, columns, unmask} besides what all know."""

    action: ClassVar[str] = "records.read"
    name: ClassVar[str] = "topic"

    async def begin(self, message: dict[str, Any]) -> None:
        self.end_all()
        asked = {key: value for key, value in message.items() if isinstance(value, str)}
        allowed = database_sync_to_async(with_right)
        wanted = await allowed(self.user, self.cluster, self.subject, asked, reading(asked))
        self.tail({"": wanted.query(self.cluster.config().fingerprint, self.subject)}, message, begun(message))
