"""The list of groups: search, filter, order, page. Pure: a snapshot in, one page value out.

Only keys are worked out for every group; rows are made for what is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from clusters.lists import Column, direction, ordered, turned
from groups import verdicts
from groups.engines import is_engines_own
from groups.kinds import KINDS, code_of, kind_of
from groups.spark import path
from groups.timelag import TimeLag, time_lag
from live.snapshot import GroupState, Snapshot

PAGE = 100
WORST = "verdict"  # the order nobody asked for: worst first
SHOWN_TOPICS = 2


def topics_of(group: GroupState) -> list[str]:
    """By name; those that an engine keeps for itself behind the others."""
    return sorted({o.topic for o in group.offsets or group.shares}, key=lambda name: (is_engines_own(name), name))


#: Orders that a person can choose. An unknown value sorts last in either direction.
ORDERS: dict[str, Callable[[GroupState], Any]] = {
    "group": lambda g: g.group.casefold(),
    "verdict": lambda g: (-verdicts.rank(g.verdict.code), g.lag or 0),
    "state": lambda g: g.state,
    "kind": lambda g: kind_of(g).label.casefold(),
    "members": lambda g: len(g.members),
    "topics": lambda g: topics_of(g)[:1] or None,
    "lag": lambda g: g.lag,
    "time_lag": lambda g: time_lag(g.samples, g.oldest_ms).ms,
    "last_commit": lambda g: g.last_commit,
}
COLUMNS = (
    ("Group", "group", False),
    ("Verdict", "verdict", True),
    ("State", "state", False),
    ("Kind", "kind", False),
    ("Members", "members", True),
    ("Topics", "topics", False),
    ("Lag", "lag", True),
    ("Time lag ≈", "time_lag", True),
    ("Last hour", "", False),
    ("Last commit", "last_commit", True),
)
NUMBERS = frozenset(("members", "lag", "time_lag", "last_commit"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks of the list. Made from any text: what makes no sense is the default."""

    q: str = ""
    verdict: str = ""
    kind: str = ""
    order: str = WORST
    descending: bool = True
    start: int = 0

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Asked:
        sort, start = parameters.get("sort", ""), parameters.get("from", "")
        order, verdict, kind = sort.lstrip("-"), parameters.get("verdict", ""), parameters.get("kind", "")
        return cls(
            q=parameters.get("q", "")[:500],
            verdict=verdict if verdict in verdicts.LABELS else "",
            kind=kind if kind in KINDS else "",
            order=order if order in ORDERS else WORST,
            descending=sort.startswith("-") if order in ORDERS else True,
            start=int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 0,
        )

    @property
    def sort(self) -> str:
        return f"{'-' * self.descending}{self.order}"

    def url(self, **changes: Any) -> str:
        """The query string of this list with some of it changed; what is default is left out."""
        wanted = {"q": self.q, "verdict": self.verdict, "kind": self.kind, "sort": self.sort} | changes
        wanted = {name: value for name, value in wanted.items() if value and value != f"-{WORST}"}
        return f"?{urlencode(wanted)}" if wanted else "?"


@dataclass(frozen=True, slots=True)
class Row:
    state: GroupState
    label: str
    tone: str
    kind: str
    topics: tuple[str, ...]
    more_topics: int
    time_lag: TimeLag
    spark: str  # an SVG path, "" without a trend


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    tone: str
    count: int
    url: str
    on: bool


@dataclass(frozen=True, slots=True)
class GroupList:
    asked: Asked
    rows: tuple[Row, ...]
    matching: int
    total: int
    attention: int
    chips: tuple[Chip, ...]
    kinds: tuple[Chip, ...]  # none while there is one kind only
    columns: tuple[Column, ...]
    next: str | None  # the query string of the rows that follow


def matching(
    snapshot: Snapshot, may_see: Callable[[str], bool], asked: Asked
) -> tuple[list[GroupState], list[GroupState]]:
    """(what search, verdict and kind leave, in order; what the search alone leaves)"""
    seen = [g for g in snapshot.groups.values() if may_see(g.group)]
    words = asked.q.casefold().split()
    if words:
        seen = [g for g in seen if _has(g, words)]
    found = [g for g in seen if _of_verdict(g, asked) and _of_kind(g, asked)] if asked.verdict or asked.kind else seen
    # By name they are already: the snapshot is, and sorting is stable.
    return ordered(found, ORDERS[asked.order], asked.descending), seen


def _of_verdict(group: GroupState, asked: Asked) -> bool:
    return not asked.verdict or asked.verdict in _codes(group)


def _codes(group: GroupState) -> list[str]:
    return [finding.code for finding in verdicts.findings(group.verdict)]


def _of_kind(group: GroupState, asked: Asked) -> bool:
    return not asked.kind or code_of(group) == asked.kind


def _has(group: GroupState, words: list[str]) -> bool:
    """In the group's name, its topics, its members' client ids and hosts."""
    text = group.group.casefold()
    if all(word in text for word in words):
        return True
    people = [part for m in group.members for part in (m.client_id, m.host, m.instance_id or "")]
    text = "\n".join([text, *topics_of(group), *people]).casefold()
    return all(word in text for word in words)


def group_list(snapshot: Snapshot, may_see: Callable[[str], bool], asked: Asked) -> GroupList:
    found, seen = matching(snapshot, may_see, asked)
    end = asked.start + PAGE
    counts = Counter(g.verdict.code for g in seen if _of_kind(g, asked))
    counts.update(finding.code for g in seen if g.verdict.also and _of_kind(g, asked) for finding in g.verdict.also)
    kinds = Counter(map(code_of, [g for g in seen if _of_verdict(g, asked)] if asked.verdict else seen))
    worst = Counter(g.verdict.code for g in seen)
    return GroupList(
        asked=asked,
        rows=tuple(row(g) for g in found[asked.start : end]),
        matching=len(found),
        total=sum(map(may_see, snapshot.groups)),
        attention=sum(n for code, n in worst.items() if verdicts.tone(code) in ("bad", "warn")),
        chips=tuple(_chip(asked, code, n) for code in verdicts.LABELS if (n := counts[code]) or asked.verdict == code),
        kinds=tuple(_kind_chip(asked, code, n) for code in KINDS if (n := kinds[code]) or asked.kind == code)
        if len(kinds) > 1 or asked.kind
        else (),
        columns=tuple(_column(asked, *column) for column in COLUMNS),
        next=asked.url(**{"from": end}) if end < len(found) else None,
    )


def _chip(asked: Asked, code: str, count: int) -> Chip:
    on = asked.verdict == code
    return Chip(verdicts.label(code), verdicts.tone(code), count, asked.url(verdict="" if on else code), on)


def _kind_chip(asked: Asked, code: str, count: int) -> Chip:
    on = asked.kind == code
    return Chip(KINDS[code].label, "plain", count, asked.url(kind="" if on else code), on)


def row(group: GroupState) -> Row:
    topics = topics_of(group)
    return Row(
        state=group,
        label=verdicts.label(group.verdict.code),
        tone=verdicts.tone(group.verdict.code),
        kind=kind_of(group).label,
        topics=tuple(topics[:SHOWN_TOPICS]),
        more_topics=max(0, len(topics) - SHOWN_TOPICS),
        time_lag=time_lag(group.samples, group.oldest_ms),
        spark=path(group.trend),
    )


def _column(asked: Asked, label: str, order: str, large_first: bool) -> Column:
    here = order == asked.order
    url = asked.url(sort=turned(order, here, asked.descending, large_first)) if order else ""
    return Column(label, url, direction(here, asked.descending), order in NUMBERS)


CSV_HEADER = (
    "group", "verdict", "evidence", "state", "kind", "members", "topics", "lag", "partitions_unknown",
    "time_lag_ms", "time_lag_at_least", "last_commit_ms",
)  # fmt: skip


def csv_row(group: GroupState) -> tuple[Any, ...]:
    age = time_lag(group.samples, group.oldest_ms)
    return (
        group.group, verdicts.label(group.verdict.code), group.verdict.sentence, group.state, kind_of(group).label,
        len(group.members), " ".join(topics_of(group)), group.lag, group.unknown,
        age.ms, age.at_least, group.last_commit,
    )  # fmt: skip
