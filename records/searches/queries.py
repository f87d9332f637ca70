"""What the pages of searches show: one frozen value for a line, one for a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from access.policy import allow, visible
from clusters.models import Cluster
from records.searches.hauls import Unreadable, finds
from records.searches.limits import DAYS
from records.searches.models import Search, State
from records.searches.service import may_steer

RECENT = 100
TONES = {State.RUNNING: "ok", State.STOPPED: "bad", State.CANCELLED: "plain", State.PAUSED: "warn"}


@dataclass(frozen=True, slots=True)
class Part:
    """How far one partition is."""

    partition: int
    start: int
    at: int
    end: int

    @property
    def total(self) -> int:
        return self.end - self.start

    @property
    def passed(self) -> int:
        return self.at - self.start


@dataclass(frozen=True, slots=True)
class Line:
    search: Search
    who: str
    asked: str
    tone: str
    said: str


@dataclass(frozen=True, slots=True)
class Page:
    line: Line
    parts: list[Part]
    rate: float | None  # records/s over all that it ran
    left_ms: int | None  # until its end at this rate
    sentence: str
    steers: bool  # may pause, resume, cancel
    may_export: bool
    kept_days: int
    unreadable: str  # why its finds are not shown

    @property
    def search(self) -> Search:
        return self.line.search

    @property
    def ran_ms(self) -> int:
        return int(self.search.seconds * 1000)


def lines(user: Any, cluster: Cluster) -> list[Line]:
    """Newest first, of the topics that this user may read."""
    may = visible(user, "records.read", cluster)
    found = Search.objects.filter(cluster=cluster).select_related("cluster")[: RECENT * 3]
    return [line(user, search) for search in found if may(search.topic)][:RECENT]


def line(user: Any, search: Search) -> Line:
    said = search.get_state_display()
    if search.state == State.DONE:
        said = "complete" if search.complete else "ended, not complete"
    tone = ("ok" if search.complete else "warn") if search.state == State.DONE else TONES.get(State(search.state), "")
    who = "you" if search.actor_id == user.pk else search.actor_name
    return Line(search, who, asked(search.words), tone, said)


def page(user: Any, search: Search) -> Page:
    parts = [Part(p, *span) for p, span in search.parts.items()]
    rate = search.scanned / search.seconds if search.seconds > 0.2 and search.scanned else None
    left = int((search.total - search.passed) / rate * 1000) if rate and search.under_way else None
    unreadable = ""
    try:
        next(finds(search, 0, 1), None)
    except Unreadable as error:
        unreadable = str(error)
    export = allow(user, "records.export", search.cluster, search.topic)
    steers = may_steer(user, search)
    return Page(line(user, search), parts, rate, left, sentence(search), steers, export, DAYS, unreadable)


def asked(words: dict[str, str]) -> str:
    """The question as a person says it."""
    return " ".join(_asked(words)) or "every record"


def _asked(words: dict[str, str]) -> Iterator[str]:
    if text := words.get("filter"):
        yield f"“{text}”" + (" with its capitals" if words.get("case") else "")
    if where := words.get("where"):
        yield f"where {where}"
    if partition := words.get("partition"):
        yield f"in partition{'s' if ',' in partition else ''} {partition}"
    for word, said in (("start", "from"), ("until", "to")):
        kind, _, at = words.get(word, "").partition(":")
        if at:
            yield f"{said} {'offset ' if kind == 'offset' else ''}{at}"
    if words.get("committed"):
        yield "committed only"
    for side in ("key", "value"):
        if format := words.get(f"read_{side}"):
            yield f"{side}s read as {format}"


def sentence(search: Search) -> str:
    """What came of it. An empty result says what was looked at."""
    parts, read = len(search.spans), f"{search.scanned:,} record{'' if search.scanned == 1 else 's'}"
    where = f"{parts} partition{'' if parts == 1 else 's'}"
    if search.state == State.WAITING:
        return "It waits for a worker."
    if search.state == State.RUNNING:
        return f"{search.matched:,} found in {read} so far."
    if search.complete and not search.total:
        return "There is nothing in this range: no record was to be read."
    if search.complete and not search.matched:
        return f"No record matches. All of {where} was read up to the ends at its start: {read}."
    if search.complete:
        return f"{search.matched:,} found in {read}: all of {where} up to the ends at its start."
    return f"{search.matched:,} found in {read}. {search.total - search.passed:,} offsets were not read."
