"""The socket of a live tail. It carries the page's words to the reader and the reader's frames to the page.

page -> us: {"t": "start", filter, case, where, partition, from} (again: anew) · {"t": "more", "n": frames}
            · {"t": "stop"}
us -> page: started {next} · frame (see records.wire) · notice {code, sentence, partition, offset}
            · ended {code, sentence, next}; of an expression with {column, length}
            Of a batch that cannot be read, notice and ended have {batch}, see records.wire.
A frame is sent only for a credit that the page gave, so none is ever dropped between here and there.
"""

from __future__ import annotations

from typing import Any, ClassVar

from channels.db import database_sync_to_async

from live import reader_link
from live.reader_stream import Stream
from live.socket import LiveSocket
from reader.errors import BadRequest
from reader.protocol import Failed, Frame, Notice, Started, Tail
from records import wire
from records.reading import offsets, reading
from records.unmasking import with_right

CREDIT = 6  # frames under way; fewer than the socket's queue holds
MAX_MORE = 100  # credits in one message


class TailSocket(LiveSocket):
    action: ClassVar[str] = "records.read"
    name: ClassVar[str] = "topic"

    stream: Stream | None = None

    async def received(self, message: dict[str, Any]) -> None:
        match message:
            case {"t": "start"}:
                await self._start(message)
            case {"t": "more", "n": int(frames)} if 0 < frames <= MAX_MORE:
                if self.stream is not None:
                    self.stream.credit(frames)
            case {"t": "stop"}:
                self._stop()
            case _:
                self.offer(
                    {"t": "ended", "code": "bad_request", "sentence": "The page said something unknown.", "next": {}}
                )

    async def closed(self) -> None:
        self._stop()

    def _stop(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    async def _start(self, message: dict[str, Any]) -> None:
        self._stop()
        asked = {key: value for key, value in message.items() if isinstance(value, str)}
        try:
            wanted, begin = reading(asked | {"from": ""}), offsets(asked.get("from", ""))
            wanted = await database_sync_to_async(with_right)(self.user, self.cluster, self.subject, asked, wanted)
        except BadRequest as bad:
            self.offer({"t": "ended", "code": bad.code, "sentence": str(bad), "next": {}} | wire.place(bad))
            return
        config = await database_sync_to_async(self.cluster.config)()
        tail = Tail(0, wanted.query(config.fingerprint, self.subject), begin, CREDIT)
        self.stream = reader_link.stream(config, tail)
        self.spawn(self._carry(self.stream))

    async def _carry(self, stream: Stream) -> None:
        where: dict[int, int] = {}
        async for reply in stream:
            if self.stream is not stream:
                return
            match reply:
                case Started():
                    where = dict(reply.offsets)
                    self.offer({"t": "started", "next": wire.offsets(where)})
                case Frame():
                    where |= reply.next
                    self.offer(wire.frame(reply))
                case Notice():
                    place = {"partition": reply.partition, "offset": wire.big(reply.offset)}
                    self.offer(
                        {"t": "notice", "code": reply.code, "sentence": reply.sentence}
                        | place
                        | wire.unsafe(reply.batch)
                    )
                case Failed():
                    self.stream = None
                    ended = {"t": "ended", "code": reply.code, "sentence": reply.sentence}
                    self.offer(ended | {"next": wire.offsets(where)} | wire.unsafe(reply.batch))
