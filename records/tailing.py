"""What the sockets of tails have in common: the page's words to the reader, the reader's frames to the page.

page -> us: {"t": "start", run, hold, from: {topic: "0:17,1:4"}, filter, case, where, one_in, read_key ...} (again:
            anew) · {"t": "more", "n": frames, topic} · {"t": "step", "n": records} · {"t": "sync", "n": question}
            · {"t": "stop"}
us -> page: started {run, next} · frame (see records.wire) · waits {matched, more} · here {n}
            · notice {code, sentence, partition, offset} · ended {code, sentence, next}; of an expression with
            {column, length}; of a batch that cannot be read, notice and ended have {batch}
Of several topics each message about one names it as `topic`; on a socket of one topic its name is "".
A frame is sent only for a credit that the page gave, so none is ever dropped between here and there.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from gateway.errors import KafkaFault
from live import reader_link
from live.reader_stream import Stream
from live.socket import LiveSocket
from reader.errors import BadRequest
from reader.query import Query
from reader.replies import Failed, Frame, Here, Notice, Started, Waits
from reader.requests import Tail
from records import frames, tail_limits, wire
from records.reading import offsets
from records.steps import Steps
from records.tail_limits import Pace

CREDIT = 6  # frames under way, of all topics together while they are few
MAX_MORE = 100  # credits, or records to step by, in one message
IMPATIENT = 0.4  # seconds after which a step does not wait for a topic that shows nothing
SAID_AGAIN = 60.0  # seconds between two notices that the page is sent all it may be


class Tailing(LiveSocket, ABC):
    """Give `begin` what a page asked for; the rest is here."""

    queue = 400  # frames are held back by credits, not by this

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.streams: dict[str, Stream] = {}
        self.counted = 0  # tails of ours in tail_limits
        self.steps: Steps | None = None
        self.questions: dict[int, set[str]] = {}
        self.pace = Pace()
        self.pace_said = 0.0
        self.timers: set[asyncio.TimerHandle] = set()

    @abstractmethod
    async def begin(self, message: dict[str, Any]) -> None:
        """Ends in a call of `tail`. May raise BadRequest."""

    async def received(self, message: dict[str, Any]) -> None:
        match message:
            case {"t": "start"}:
                await self._start(message)
            case {"t": "more", "n": int(credits)} if 0 < credits <= MAX_MORE:
                self._more(str(message.get("topic", "")), credits)
            case {"t": "step", "n": int(records)} if 0 < records <= MAX_MORE:
                if self.steps is not None:
                    self.steps.wanted = min(MAX_MORE, self.steps.wanted + records)
                    self._step()
                    self._later(IMPATIENT, lambda: self._step(impatient=True))
            case {"t": "sync", "n": int(question)}:
                self.questions[question] = set(self.streams)
                for stream in self.streams.values():
                    stream.ask(question)
                self._answer()
            case {"t": "stop"}:
                self.end_all()
            case _:
                self.offer({"t": "ended", "code": "bad_request", "sentence": "The page said something unknown."})

    async def closed(self) -> None:
        self.end_all()

    def end_all(self) -> None:
        for topic in list(self.streams):
            self.end(topic)
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()
        self.steps = None
        self.questions.clear()

    def end(self, topic: str) -> None:
        if stream := self.streams.pop(topic, None):
            stream.close()
            self._forget(topic)

    async def _start(self, message: dict[str, Any]) -> None:
        try:
            await self.begin(message)
        except (BadRequest, KafkaFault) as bad:
            self.end_all()
            self.offer({"t": "ended", "code": bad.code, "sentence": str(bad)} | wire.place(bad))

    def tail(self, queries: dict[str, Query], message: dict[str, Any], begun: dict[str, dict[int, int]]) -> None:
        """Tail these, by topic; where `begun` does not say where, from the end. Those that run already are replaced."""
        for topic in queries:
            self.end(topic)
        if refusal := tail_limits.take(self.user.pk, len(queries)):
            raise BadRequest(refusal, "many")
        self.counted += len(queries)
        hold = message.get("hold") is True
        if hold:
            self.steps = Steps(set(queries))
        config, credit = self.cluster.config(), max(2, CREDIT // max(1, len(self.streams) + len(queries)))
        for topic, query in queries.items():
            request = Tail(0, query, begun.get(topic, {}), 0 if hold else credit, hold)
            self.streams[topic] = reader_link.stream(config, request)
            self.spawn(self._carry(topic, self.streams[topic], message.get("run")))

    async def _carry(self, topic: str, stream: Stream, run: Any) -> None:
        where: dict[int, int] = {}
        name = {"topic": topic} if topic else {}
        async for reply in stream:
            if self.streams.get(topic) is not stream:
                return
            match reply:
                case Started():
                    where = dict(reply.offsets)
                    self.offer({"t": "started", "run": run, "next": wire.offsets(where)} | name)
                case Frame():
                    where |= reply.next
                    if self.steps is None:
                        self._frame(topic, reply)
                    else:
                        self.steps.arrived(topic, reply)
                        self._step()
                case Waits():
                    self.offer({"t": "waits", "matched": reply.matched, "more": reply.more} | name)
                case Here():
                    self.questions.get(reply.question, set()).discard(topic)
                    self._answer()
                case Notice():
                    place = {"partition": reply.partition, "offset": wire.big(reply.offset)}
                    said = {"t": "notice", "code": reply.code, "sentence": reply.sentence}
                    self.offer(said | place | wire.unsafe(reply.batch) | name)
                case Failed():
                    del self.streams[topic]
                    self._forget(topic)
                    ended = {"t": "ended", "code": reply.code, "sentence": reply.sentence}
                    # A page that steps has not been shown what its topics have in front: it knows best where it stands.
                    at = {} if self.steps else {"next": wire.offsets(where)}
                    self.offer(ended | at | wire.unsafe(reply.batch) | name)

    def _forget(self, topic: str) -> None:
        tail_limits.give(self.user.pk, 1)
        self.counted -= 1
        if self.steps is not None:
            self.steps.gone(topic)
        for waiting in self.questions.values():
            waiting.discard(topic)
        self._answer()

    def _answer(self) -> None:
        for question in [question for question, waiting in self.questions.items() if not waiting]:
            del self.questions[question]
            self.offer({"t": "here", "n": question})

    def _frame(self, topic: str, frame: Frame) -> None:
        text = frames.text(frame, topic)
        self.pace.spend(len(text))
        self.offer(text)

    def _more(self, topic: str, credits: int) -> None:
        if (stream := self.streams.get(topic)) is None:
            return
        wait = self.pace.wait()
        if wait < 0.02:
            stream.credit(credits)
            return
        self._later(wait, lambda: stream.credit(credits))
        now = asyncio.get_running_loop().time()
        if now - self.pace_said > SAID_AGAIN:
            self.pace_said = now
            sentence = (
                f"This page is sent {tail_limits.RATE / 1e6:.0f} MB a second, which is all that one page may have."
                " What does not fit is counted: a filter or a sample shows more of what matters."
            )
            self.offer({"t": "notice", "code": "pace", "sentence": sentence, "partition": None, "offset": None})

    def _step(self, *, impatient: bool = False) -> None:
        if self.steps is None:
            return
        while found := self.steps.next(impatient=impatient):
            self._frame(*found)
            self._ask()
        self._ask()

    def _ask(self) -> None:
        for topic in self.steps.to_ask() if self.steps else ():
            if stream := self.streams.get(topic):
                stream.credit(1)

    def _later(self, seconds: float, run: Any) -> None:
        def due() -> None:
            self.timers.discard(handle)
            run()

        handle = asyncio.get_running_loop().call_later(seconds, due)
        self.timers.add(handle)


def begun(message: dict[str, Any]) -> dict[str, dict[int, int]]:
    """Where the page says that each topic goes on. Raises BadRequest."""
    found = message.get("from") or {}
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise BadRequest("Where a tail goes on is said by topic, as partition:offset with commas between.")
    return {topic: offsets(text) for topic, text in found.items()}
