"""What the pages of clusters and brokers show. Each returns one frozen value made from a snapshot."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from clusters.health import STALE_MS, Concern, attention, known, under_replicated
from clusters.models import Cluster
from gateway.facts import ConfigEntry, LogDir, Quorum
from live.snapshot import BrokerState, Snapshot

Names = Callable[[str], bool]
SHOWN_CONCERNS = 12


@dataclass(frozen=True, slots=True)
class Card:
    """One cluster in the list. Numbers are None while nothing is known."""

    cluster: Cluster
    state: str
    tone: str  # ok | warn | bad | ""
    error: str | None
    as_of: int | None
    brokers: int | None = None
    topics: int | None = None
    groups: int | None = None
    attention: int | None = None


def card(cluster: Cluster, snapshot: Snapshot | None, topics: Names, groups: Names) -> Card:
    if snapshot is None:
        return Card(cluster, "no data yet", "", None, None)
    if known(snapshot) is None:
        return Card(cluster, "does not answer", "bad", snapshot.error, None)
    as_of = snapshot.good_at or snapshot.at
    concerns = attention(snapshot, topics, groups)
    state, tone = "answers", "ok"
    if snapshot.error:
        state, tone = "does not answer", "bad"
    elif time.time() * 1000 - as_of > STALE_MS:
        state, tone = "not polled", "warn"
    return Card(
        cluster,
        state,
        tone,
        snapshot.error,
        as_of,
        brokers=len(snapshot.brokers),
        topics=sum(1 for t in snapshot.topics.values() if not t.internal and topics(t.name)),
        groups=sum(map(groups, snapshot.groups)),
        attention=len(concerns),
    )


@dataclass(frozen=True, slots=True)
class Overview:
    concerns: tuple[Concern, ...]
    more_concerns: int
    records_in: float | None  # per second, over the partitions whose rate is known
    rates_unknown: int  # partitions without a known rate
    size: int | None  # bytes of all replicas, over the brokers whose log directories answered
    sizes_unknown: int
    topics: int
    partitions: int
    under_replicated: int
    groups: int
    groups_in_need: int
    brokers: tuple[BrokerState, ...]


def overview(snapshot: Snapshot, topics: Names, groups: Names) -> Overview:
    concerns = attention(snapshot, topics, groups)
    seen = [topic for topic in snapshot.topics.values() if topics(topic.name)]
    partitions = [p for topic in seen for p in topic.partitions]
    rates = [p.in_rate for p in partitions if p.in_rate is not None]
    sizes = [b.size for b in snapshot.brokers if b.size is not None]
    return Overview(
        concerns=tuple(concerns[:SHOWN_CONCERNS]),
        more_concerns=max(0, len(concerns) - SHOWN_CONCERNS),
        records_in=sum(rates) if rates else None,
        rates_unknown=len(partitions) - len(rates),
        size=sum(sizes) if sizes else None,
        sizes_unknown=len(snapshot.brokers) - len(sizes),
        topics=sum(not topic.internal for topic in seen),
        partitions=len(partitions),
        under_replicated=sum(map(under_replicated, seen)),
        groups=sum(map(groups, snapshot.groups)),
        groups_in_need=sum(concern.kind == "group" for concern in concerns),
        brokers=snapshot.brokers,
    )


def config_rows(entries: tuple[ConfigEntry, ...]) -> list[ConfigEntry]:
    """What somebody set comes first, then the defaults; by name within each."""
    return sorted(entries, key=lambda e: (e.source in ("default", "static"), e.source == "default", e.name))


@dataclass(frozen=True, slots=True)
class Node:
    """A member of the metadata quorum. `end` and `behind` are None until it has fetched."""

    id: int
    role: str
    end: int | None
    behind: int | None


def quorum_page(quorum: Quorum) -> dict[str, object]:
    leader_end = quorum.voters.get(quorum.leader, quorum.high_watermark)
    nodes = []
    for role, ends in (("voter", quorum.voters), ("observer", quorum.observers)):
        for node, end in sorted(ends.items()):
            known = end if end >= 0 else None
            behind = None if known is None else max(0, leader_end - known)
            nodes.append(Node(node, "leader" if node == quorum.leader else role, known, behind))
    return {"quorum": quorum, "nodes": nodes}


def log_dirs_page(log_dirs: tuple[LogDir, ...]) -> dict[str, object]:
    """Each directory with the bytes taken on its volume, by whatever lies there."""
    return {"log_dirs": [(d, _used(d.total_bytes, d.usable_bytes)) for d in log_dirs]}


def _used(total: int | None, usable: int | None) -> int | None:
    return None if total is None or usable is None else total - usable


def near(wanted: str, names: list[str], count: int = 8) -> list[str]:
    """Names that somebody may have meant: those that contain it, then those spelt alike."""
    folded = wanted.casefold()
    containing = [name for name in names if folded and (folded in name.casefold() or name.casefold() in folded)]
    alike = get_close_matches(wanted, names[:5000], n=count, cutoff=0.6)
    return list(dict.fromkeys([*sorted(containing, key=len), *alike]))[:count]
