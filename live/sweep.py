"""One sweep over a cluster: everything a poll asks Kafka, in the order that keeps lag honest.

Committed offsets are read before end offsets: a lag can then be a moment too large, never negative. Everything else is
asked meanwhile.
What rarely changes is asked in slices, a part of the topics in each poll, so that no poll is the slow one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zlib import crc32

from gateway import words
from gateway.errors import KafkaFault, NoLeader, Unsupported
from gateway.facts import (
    ClusterInfo,
    Committed,
    ConfigEntry,
    Group,
    GroupListing,
    LogDir,
    Shared,
    Topic,
    TopicPartition,
)
from live import doomed, standing, writers
from live.doomed import Doomed
from live.snapshot import Snapshot, StandingState, TopicState
from live.writers import Writers

STARTS_EVERY = 6  # polls: start offsets move only when retention deletes
CONFIGS_EVERY = 12
LOG_DIRS_EVERY = 6
DOOMED_EVERY = 12
AT_ONCE = 4  # threads that wait for Kafka beside the poll's own


@dataclass(slots=True)
class Sweep:
    info: ClusterInfo
    version: str | None
    topics: dict[str, Topic]
    listings: dict[str, GroupListing]
    unheard: bool  # a broker did not list its groups: a group that is missing may be there
    committed: dict[str, dict[TopicPartition, Committed] | KafkaFault]
    shared: dict[str, dict[TopicPartition, Shared] | KafkaFault]  # of share groups
    ends: dict[TopicPartition, int | KafkaFault]
    described: dict[str, Group | KafkaFault]
    starts: dict[TopicPartition, int | KafkaFault]
    configs: dict[str, tuple[ConfigEntry, ...] | KafkaFault]
    log_dirs: dict[int, tuple[LogDir, ...] | KafkaFault]
    writers: Writers
    problems: list[str]
    standing: tuple[StandingState, ...] = ()
    doomed: Doomed = ()


@dataclass(slots=True)
class _Seldom:
    """What is asked for some of the topics in each poll."""

    starts: dict[TopicPartition, int | KafkaFault]
    configs: dict[str, tuple[ConfigEntry, ...] | KafkaFault] = field(default_factory=dict)
    log_dirs: dict[int, tuple[LogDir, ...] | KafkaFault] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def sweep(cluster: Any, previous: Snapshot | None, now: int) -> Sweep:
    """Asks `cluster`, a gateway Cluster. Raises KafkaFault when what a snapshot cannot do without was not answered.

    What does not need the answer to something else is under way at the same time: while Kafka works out one answer,
    another is read. Only the end offsets wait for the last committed one.
    """
    turn = 0 if previous is None else previous.version + 1
    info = cluster.brokers.info()  # alone: of a cluster that is down nobody else need hear
    with ThreadPoolExecutor(AT_ONCE, "sweep") as pool:
        listing = pool.submit(cluster.groups.list)
        topics = cluster.topics.list()
        seldom = pool.submit(_what_rarely_changes, cluster, info, topics, previous, turn)
        listings, faults = listing.result()
        awake = {name: g for name, g in listings.items() if g.state != "Empty"}
        described = pool.submit(cluster.groups.describe, awake)
        shares = [g.group for g in listings.values() if g.kind == "share"]
        shared = pool.submit(cluster.offsets.shared, shares) if shares else None
        writing = pool.submit(writers.look, cluster, previous, topics, now, lambda topic, n: due(topic, turn, n))
        committed = cluster.offsets.committed([g.group for g in listings.values() if g.kind != "share"])
        ends = cluster.offsets.ends(_led(topics))
        rare = seldom.result()
        found = Sweep(
            info=info,
            version=cluster.brokers.version(),
            topics=topics,
            listings=listings,
            unheard=bool(faults),
            committed=committed,
            shared=shared.result() if shared is not None else {},
            ends=ends,
            described=described.result(),
            problems=[*(f"A broker did not list its groups: {fault}" for fault in faults), *rare.problems],
            starts=rare.starts,
            configs=rare.configs,
            log_dirs=rare.log_dirs,
            writers=writing.result(),
        )
    for answers in (found.committed, found.ends):
        faults_only = [answer for answer in answers.values() if isinstance(answer, KafkaFault)]
        if faults_only and len(faults_only) == len(answers):
            raise faults_only[0]
    gone = [name for name in _unlisted_twice(previous, listings) if not found.unheard]
    if gone:
        found.described |= cluster.groups.describe(gone)
    found.standing = standing.look(cluster, previous, found.ends, now, turn)
    found.doomed = doomed.look(cluster, previous, found.ends, now, lambda topic: due(topic, turn, DOOMED_EVERY))
    _name_problems(found)
    return found


def _unlisted_twice(previous: Snapshot | None, listings: Mapping[str, GroupListing]) -> Iterable[str]:
    return [] if previous is None else [n for n, g in previous.groups.items() if g.missing and n not in listings]


def _led(topics: Mapping[str, Topic]) -> list[TopicPartition]:
    return [TopicPartition(t.name, p.id) for t in topics.values() for p in t.partitions if p.leader is not None]


def _what_rarely_changes(
    cluster: Any, info: ClusterInfo, topics: Mapping[str, Topic], previous: Snapshot | None, turn: int
) -> _Seldom:
    known = {} if previous is None else previous.topics
    started = {n for n, t in known.items() if _has_starts(t, topics.get(n))}
    wanted = {n: t for n, t in topics.items() if n not in started or due(n, turn, STARTS_EVERY)}
    found = _Seldom(cluster.offsets.starts(_led(wanted)))
    try:
        found.configs = cluster.topics.config([n for n in topics if n not in known or due(n, turn, CONFIGS_EVERY)])
    except KafkaFault as fault:
        found.problems.append(f"Topic configs could not be read: {fault}")
    if turn % LOG_DIRS_EVERY == 0:
        for broker in info.brokers:
            try:
                found.log_dirs[broker.id] = cluster.brokers.log_dirs(broker.id)
            except KafkaFault as fault:
                found.log_dirs[broker.id] = fault
    return found


def _has_starts(known: TopicState, topic: Topic | None) -> bool:
    if topic is None or topic.id != known.id or len(topic.partitions) != len(known.partitions):
        return False
    return all(p.start is not None for p in known.partitions)


@lru_cache(maxsize=100_000)
def _hash(name: str) -> int:
    return crc32(name.encode())


def due(name: str, turn: int, every: int) -> bool:
    """Whether it is this one's turn: each name comes once in `every` polls, and not all in the same one."""
    return (_hash(name) + turn) % every == 0


def _name_problems(found: Sweep) -> None:
    """A sentence for each kind of failure with how many it met, not one for each partition."""
    headless = sum(p.leader is None for t in found.topics.values() for p in t.partitions)
    failed: Counter[tuple[str, str, str]] = Counter()
    if headless:
        failed["End offsets", "partition", str(NoLeader())] = headless
    for what, noun, answers in (
        ("End offsets", "partition", found.ends),
        ("Start offsets", "partition", found.starts),
        ("Committed offsets", "group", found.committed),
        ("Start offsets", "share group", {n: a for n, a in found.shared.items() if not isinstance(a, Unsupported)}),
        ("Members", "group", {n: a for n, a in found.described.items() if n in found.listings}),
        ("Configs", "topic", found.configs),
    ):
        failed.update((what, noun, str(answer)) for answer in answers.values() if isinstance(answer, KafkaFault))
    found.problems += [
        f"{what} of {words.count(count, noun)} could not be read: {why}" for (what, noun, why), count in failed.items()
    ]
