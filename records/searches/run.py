"""A search as the worker runs it: over the search readers of this machine, saved twice a second, heard within one.

Finds and positions are saved together, so whoever goes on after a pause or a death repeats nothing and misses nothing.
"""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

from access.policy import allow
from changes.progress import leaving
from gateway.errors import KafkaFault
from live.reader_link import ReaderLink
from live.search_readers import pool
from reader import requests
from reader.errors import BadRequest
from reader.replies import Done, Failed, Found, Notice, Reply, Unsafe
from reader.requests import Credit
from reader.shown import Kept
from records.reading import reading
from records.searches.hauls import pack
from records.searches.limits import AT_ONCE, reached
from records.searches.models import Haul, Search, State

LOOK = 0.25  # seconds between two looks at what the person wants
SAVE = 0.5  # seconds between two saves
DEAD = timedelta(seconds=15)  # without a word from its run, another takes it
SENTENCES = 50  # of what was left out
MANY = 2000  # finds after which a save does not wait


def run(pk: UUID) -> None:
    """Returns when it ended, was paused, or is for another to run."""
    search = _claim(pk)
    if search is not None:
        _Run(search).go()


def _claim(pk: UUID) -> Search | None:
    """None when somebody else has it, or so many run that it has to wait."""
    owner, now = uuid4().hex, timezone.now()
    with transaction.atomic():
        if Search.objects.filter(state=State.RUNNING, beat__gt=now - DEAD).count() >= AT_ONCE:
            return None
        mine = Search.objects.filter(pk=pk, state=State.WAITING)
        if not mine.update(state=State.RUNNING, owner=owner, beat=now, wanted=""):
            return None
    return Search.objects.select_related("cluster", "actor").get(pk=pk)


@dataclass(slots=True)
class _Share:
    """What one reader is to do: its partitions one after the other once it has died of one of them."""

    link: ReaderLink
    waiting: list[tuple[int, ...]]
    now: tuple[int, ...] = ()
    id: int = 0


@dataclass(slots=True)
class _Unsaved:
    records: list[Kept] = field(default_factory=list)
    scanned: int = 0
    bytes: int = 0
    matched: int = 0
    unanswered: int = 0


class _Run:
    def __init__(self, search: Search) -> None:
        self.search, self.owner = search, search.owner
        self.at = {p: list(span) for p, span in search.parts.items()}
        self.found = search.matched
        self.used = {
            "records": search.scanned,
            "bytes": search.bytes,
            "seconds": search.seconds,
            "kept": search.matched,
        }
        self.left_out: list[str] = list(search.left_out)
        self.why = search.why
        self.lost = False
        self.unsaved = _Unsaved()
        self.heard: queue.SimpleQueue[tuple[_Share, Reply]] = queue.SimpleQueue()
        self.shares: list[_Share] = []
        self.died: set[tuple[int, int]] = set()  # partitions and where they stood when their reader died
        self.begun = self.saved = self.looked = time.monotonic()

    def go(self) -> None:
        try:
            state, reason = self._read()
        except (KafkaFault, BadRequest) as error:
            state, reason = State.STOPPED, str(error)
        finally:
            for share in self.shares:
                share.link.forget(share.id)
        self._save(state, reason)
        close_old_connections()

    def _read(self) -> tuple[State, str]:
        """The state that it ends in, and why."""
        self.config = self.search.cluster.config()
        self.query = reading(self.search.asked).query(self.config.fingerprint, self.search.topic)
        self.shares = _split(self.search.unread, pool())
        while True:
            for share in self.shares:
                self._start(share)
            if all(not share.now and not share.waiting for share in self.shares):
                return State.DONE, ""
            try:
                ended = self._hear(*self.heard.get(timeout=LOOK))
            except queue.Empty:
                ended = None
            ended = ended or self._limits() or self._look()
            if ended is not None:
                return ended
            if time.monotonic() - self.saved >= SAVE or len(self.unsaved.records) >= MANY:
                self._save(State.RUNNING, "")
            if self.lost:
                return State.RUNNING, ""

    def _start(self, share: _Share) -> None:
        if share.now or not share.waiting:
            return
        share.now = share.waiting.pop(0)
        spans = {p: (self.at[p][1], self.at[p][2]) for p in share.now}
        request = requests.Search(0, self.query, spans, self.search.topic_id)
        share.id = share.link.send(self.config, request, lambda reply: self.heard.put((share, reply)))

    def _hear(self, share: _Share, reply: Reply) -> tuple[State, str] | None:
        match reply:
            case Found():
                self._take(reply)
                share.link.tell(Credit(reply.id, 1))
            case Notice():
                self._leave_out(reply.sentence)
            case Done():
                share.now = ()
                self.unsaved.unanswered += reply.unanswered
                self.why = self.why or reply.why
            case Failed(code="reader_stopped"):
                self._reader_died(share, reply)
            case Failed(code="unsafe", batch=Unsafe() as batch):
                self._behind(share, batch, reply.sentence)
            case Failed():
                return State.STOPPED, reply.sentence
        return None

    def _take(self, found: Found) -> None:
        for partition, offset in found.next.items():
            self.at[partition][1] = offset
        new = self.unsaved
        new.records += found.records
        new.scanned += found.scanned
        new.bytes += found.bytes
        self.used["records"] += found.scanned
        self.used["bytes"] += found.bytes
        self.used["kept"] += len(found.records)

    def _behind(self, share: _Share, batch: Unsafe, why: str) -> None:
        """Goes on behind a batch that a reader died of. What stands before it comes with it: that is left out, too."""
        at = self.at.get(batch.partition, [0, 0, 0])
        if batch.partition in share.now and at[1] <= batch.last:  # else another search's reading was its end
            self._leave_out(f"Offsets {at[1]:,} to {batch.last:,} of partition {batch.partition} were not read: {why}")
            at[1] = min(batch.last + 1, at[2])
        share.waiting.insert(0, share.now)
        share.now = ()

    def _reader_died(self, share: _Share, failed: Failed) -> None:
        """Again, each partition alone, so that the next death has a name; twice at one place and it is left out."""
        if len(share.now) > 1:
            share.waiting = [*((p,) for p in share.now if self.at[p][1] < self.at[p][2]), *share.waiting]
        else:
            (partition,) = share.now
            place = (partition, self.at[partition][1])
            if place in self.died:
                self._leave_out(f"Partition {partition} was not read from offset {place[1]:,} on: {failed.sentence}")
            else:
                self.died.add(place)
                share.waiting.insert(0, share.now)
        share.now = ()

    def _leave_out(self, sentence: str) -> None:
        if len(self.left_out) < SENTENCES:
            self.left_out.append(sentence)

    def _limits(self) -> tuple[State, str] | None:
        self.used["seconds"] = self.search.seconds + time.monotonic() - self.begun
        sentence = reached(self.used, self.search.limits)
        if not sentence:
            return None
        self._leave_out(sentence)
        return State.DONE, ""

    def _look(self) -> tuple[State, str] | None:
        """What the person wants, and whether they still may; every quarter of a second."""
        if time.monotonic() - self.looked < LOOK:
            return None
        self.looked = time.monotonic()
        wanted = Search.objects.filter(pk=self.search.pk, owner=self.owner).values_list("wanted", flat=True).first()
        if wanted == "pause":
            return State.PAUSED, ""
        if wanted == "cancel":
            return State.CANCELLED, ""
        actor = self.search.actor
        if actor is None or not allow(actor, "records.read", self.search.cluster, self.search.topic):
            return State.STOPPED, f"{self.search.actor_name} may not read records of this topic any more."
        return (State.WAITING, "") if leaving.is_set() else None

    def _save(self, state: State, reason: str) -> None:
        """Finds, positions and counts in one transaction; nothing when it is gone or another run's by now."""
        now, new = timezone.now(), self.unsaved
        with transaction.atomic():
            mine = Search.objects.filter(pk=self.search.pk, owner=self.owner, state=State.RUNNING)
            changed = mine.update(
                state=state,
                reason=reason,
                spans={str(p): span for p, span in self.at.items()},
                left_out=self.left_out,
                scanned=F("scanned") + new.scanned,
                bytes=F("bytes") + new.bytes,
                matched=F("matched") + len(new.records),
                unanswered=F("unanswered") + new.unanswered,
                why=self.why,
                seconds=self.search.seconds + time.monotonic() - self.begun,
                beat=now,
                ended_at=None if state in (State.RUNNING, State.WAITING, State.PAUSED) else now,
            )
            if changed and new.records:
                data = pack(self.search, new.records)
                Haul.objects.create(search=self.search, first=self.found, count=len(new.records), data=data)
        self.found += len(new.records)
        self.unsaved, self.saved = _Unsaved(), time.monotonic()
        self.lost = not changed


def _split(unread: dict[int, tuple[int, int]], links: list[ReaderLink]) -> list[_Share]:
    """The largest first, each to the reader that has least."""
    loads: list[tuple[int, list[int]]] = [(0, []) for _ in links]
    for partition, (start, end) in sorted(unread.items(), key=lambda item: item[1][0] - item[1][1]):
        least = min(range(len(loads)), key=lambda n: loads[n][0])
        loads[least] = (loads[least][0] + end - start, [*loads[least][1], partition])
    return [_Share(link, [tuple(parts)]) for link, (_, parts) in zip(links, loads, strict=True) if parts]
