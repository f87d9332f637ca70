"""The socket of several topics at once: one tail a topic, shared like any other, and each one's right asked for again.

page -> us: start also carries {topics: [name], glob}, or {only: name} to begin one of them again
us -> page: topics {names: {name: address of its page}, hidden}: what is tailed, and how many of those named are not to
            be read by this person
A topic that is deleted or forbidden ends alone. One that appears and matches the glob is tailed from its first record.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.urls import reverse

from access.policy import visible
from clusters.health import known
from live import snapshots
from reader.errors import BadRequest
from records.chosen import Chosen, chosen
from records.reading import Reading, reading
from records.tailing import Tailing, begun

EVERY = 2.0  # seconds between two looks at rights and names


class MessagesSocket(Tailing):
    action: ClassVar[str] = "records.read"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.message: dict[str, Any] = {}
        self.wanted: Reading | None = None
        self.names: frozenset[str] = frozenset()  # tailed, or tailed until they ended
        self.known: frozenset[str] | None = None  # the cluster's topics when we last looked

    async def opened(self) -> None:
        self.spawn(self._look_again())

    async def begin(self, message: dict[str, Any]) -> None:
        only = message.get("only")
        if not only:
            self.end_all()
            self.names = frozenset()
        self.message = message
        self.wanted = reading({key: value for key, value in message.items() if isinstance(value, str)})
        found = await self._chosen()
        if only:
            if only in found.readable:
                self._tail((only,), begun(message))
            return
        self.names = frozenset(found.readable)
        self._tell(len(found.hidden))
        self._tail(found.readable, begun(message))

    def _tell(self, hidden: int = 0) -> None:
        names = {name: reverse("records:messages", args=[self.cluster.slug, name]) for name in sorted(self.names)}
        self.offer({"t": "topics", "names": names, "hidden": hidden})

    def _tail(self, names: tuple[str, ...], at: dict[str, dict[int, int]]) -> None:
        assert self.wanted is not None
        fingerprint = self.cluster.config().fingerprint
        self.names |= set(names)
        self.tail({name: self.wanted.query(fingerprint, name) for name in names}, self.message, at)

    async def _chosen(self) -> Chosen:
        found: Chosen = await database_sync_to_async(self._choose)()
        return found

    def _choose(self) -> Chosen:
        snapshot = known(snapshots.newest(self.cluster.pk))
        named, glob = self.message.get("topics", []), self.message.get("glob", "")
        if not isinstance(named, list) or not all(isinstance(name, str) for name in [*named, glob]):
            raise BadRequest("Topics are a list of names.")
        may_read = visible(self.user, "records.read", self.cluster)
        return chosen(named, glob, snapshot.topics if snapshot else (), may_read)

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self.wanted is None:
                continue
            try:
                found = await self._chosen()
            except BadRequest:
                found = Chosen((), ())
            for topic in self.streams.keys() - set(found.readable):
                self.end(topic)
                sentence = f"You may not read {topic} any more."
                self.offer({"t": "ended", "topic": topic, "code": "forbidden", "sentence": sentence})
            await self._welcome(tuple(name for name in found.readable if name not in self.names))

    async def _welcome(self, names: tuple[str, ...]) -> None:
        snapshot = known(snapshots.newest(self.cluster.pk))
        before, self.known = self.known, frozenset(snapshot.topics) if snapshot else self.known
        if not names or snapshot is None:
            return
        new = {name for name in names if before is not None and name not in before}
        first = {name: {p.id: 0 for p in snapshot.topics[name].partitions} for name in new if name in snapshot.topics}
        try:
            self._tail(names, first)
            self._tell()
        except BadRequest as bad:
            self.names |= set(names)
            self.offer({"t": "notice", "code": bad.code, "sentence": f"{', '.join(names)}: {bad}"})
            return
        for name in names:
            since = "from its first record" if name in first else "from now on"
            sentence = f"The topic {name} matches too and is tailed {since}."
            self.offer({"t": "notice", "topic": name, "code": "appeared", "sentence": sentence})
