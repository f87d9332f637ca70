"""Who writes which topics, as the leaders of partitions and the coordinators of transactions tell: of some topics in
each poll. Only `look`, `_heard` and `_named` ask; the rest is pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from gateway.errors import KafkaFault
from gateway.facts import Topic, TopicPartition, Wrote
from gateway.offsets_log import TOPIC
from live.clock import Clock
from live.snapshot import ProducerState, Snapshot, TopicState, WroteState

AT_ONCE = 200  # partitions in one poll: some 4 ms
ASLEEP_EVERY = 12  # polls, where nothing arrives
DAY_MS = 24 * 3600 * 1000  # Kafka forgets a producer then
EPOCH = 2**31  # sequence numbers in one
KEPT = 10_000  # pairs of producer and topic

Answers = Mapping[str, list[tuple[Wrote, ...]]]  # by topic, of each of its partitions
Name = tuple[str | None, str | None]  # transactional id, group
Wrotes = dict[tuple[int, str], WroteState]  # by producer id and topic


class Writers(NamedTuple):
    producers: tuple[ProducerState, ...] = ()
    untold: tuple[tuple[str, str], ...] = ()  # topic, why it is not known who writes it; "": whose producers these are


def look(
    cluster: Any, previous: Snapshot | None, topics: Mapping[str, Topic], now: int, asks: Callable[[str, int], bool]
) -> Writers:
    """Asks `cluster`, a gateway Cluster, about topics whose turn it is by `asks(topic, polls in a round)`.

    Raises nothing: what could not be read stays as it was, with the reason.
    """
    states = () if previous is None else previous.producers
    known = {} if previous is None else previous.topics
    due = {name for names, polls in rounds(topics, known) for name in names if asks(name, polls)}
    heard, untold = _heard(cluster, due, topics)
    before: Wrotes = {(p.id, w.topic): w for p in states for w in p.wrote}
    stale = heard.keys() | {n for n, t in known.items() if n not in topics or topics[n].id != t.id}
    wrote = {key: w for key, w in before.items() if w.topic not in stale and not _forgotten(w, now)}
    wrote |= written(before, heard, now)
    names: dict[int, Name] = {p.id: (p.transaction, p.group) for p in states}
    mine = {w.producer for answers in heard.values() for answer in answers for w in answer if w.transactional}
    if mine:
        told, why = _named(cluster, mine, names, topics)
        names |= told
        untold |= {"": why} if why else {}
    for topic, why in () if previous is None else previous.untold:
        if (topic in topics and topic not in due) or (topic == "" and not mine):
            untold[topic] = why
    transactional = mine | {p.id for p in states if p.transactional}
    return Writers(folded(wrote, names, transactional), tuple(sorted(untold.items())))


def rounds(topics: Mapping[str, Topic], known: Mapping[str, TopicState]) -> list[tuple[list[str], int]]:
    """Topics in which something arrives, or of which that is not known yet, and the others; and in how many polls each
    of these comes once."""
    awake, asleep = [], []
    for name in topics:
        if name != TOPIC:
            moves = name not in known or any(p.in_rate != 0.0 for p in known[name].partitions)
            (awake if moves else asleep).append(name)
    return [
        (names, max(least, -(-sum(len(topics[name].partitions) for name in names) // AT_ONCE)))
        for names, least in ((awake, 1), (asleep, ASLEEP_EVERY))
    ]


def written(before: Mapping[tuple[int, str], WroteState], heard: Answers, now: int) -> Wrotes:
    """A producer's clock may be anything, so what counts is what was seen to move; its word is taken at first sight,
    when it lies within the last day."""
    found: Wrotes = {}
    for topic, answers in heard.items():
        newest: dict[int, int] = {}
        sums: defaultdict[int, int] = defaultdict(int)
        for wrote in (wrote for answer in answers for wrote in answer):
            newest[wrote.producer] = max(newest.get(wrote.producer, -1), wrote.at)
            sums[wrote.producer] += wrote.epoch * EPOCH + wrote.sequence + 1
        for producer, total in sums.items():
            known, said = before.get((producer, topic)), newest[producer]
            if known is None:
                at = said if now - DAY_MS < said <= now else None
                found[producer, topic] = WroteState(topic, at, total, now)
            else:
                at = known.at if known.sum == total else now
                found[producer, topic] = WroteState(topic, at, total, now, _rate(known, total, now))
    return found


def _rate(before: WroteState, total: int, now: int) -> float | None:
    """Sequence numbers count records. They begin anew with an epoch, and a partition may have been forgotten."""
    gained = total - before.sum
    return Clock(now, before.looked).rate(before.rate, gained) if 0 <= gained < EPOCH // 2 else None


def folded(wrote: Wrotes, names: Mapping[int, Name], transactional: Collection[int]) -> tuple[ProducerState, ...]:
    """In the order of their ids. Of too many those with a name are kept first, then those that wrote last."""
    of: defaultdict[int, list[WroteState]] = defaultdict(list)
    for (producer, _), state in sorted(wrote.items(), key=itemgetter(0)):
        of[producer].append(state)
    found = [
        ProducerState(id, *names.get(id, (None, None)), tuple(states), id in transactional) for id, states in of.items()
    ]
    if len(wrote) <= KEPT:
        return tuple(found)
    kept, room = [], KEPT
    for producer in sorted(found, key=lambda p: (p.transaction is None, -(latest(p) or 0))):
        room -= len(producer.wrote)
        if room < 0:
            break
        kept.append(producer)
    return tuple(sorted(kept, key=lambda p: p.id))


def latest(producer: ProducerState) -> int | None:
    """When it last wrote anywhere."""
    return max((w.at for w in producer.wrote if w.at is not None), default=None)


def _forgotten(wrote: WroteState, now: int) -> bool:
    return wrote.at is not None and wrote.at < now - DAY_MS


def _heard(cluster: Any, due: Iterable[str], topics: Mapping[str, Topic]) -> tuple[Answers, dict[str, str]]:
    """Answers of whole topics, and why others have none."""
    answers: defaultdict[str, list[tuple[Wrote, ...]]] = defaultdict(list)
    untold: dict[str, str] = {}
    places = [TopicPartition(name, p.id) for name in due for p in topics[name].partitions]
    for tp, answer in cluster.producers.remembered(places).items():
        if isinstance(answer, KafkaFault):
            untold[tp.topic] = str(answer)
        else:
            answers[tp.topic].append(answer)
    return {name: found for name, found in answers.items() if name not in untold}, untold


def _named(
    cluster: Any, producers: Iterable[int], known: Mapping[int, Name], topics: Mapping[str, Topic]
) -> tuple[dict[int, Name], str]:
    """What each is called and commits for, asked where it is not known; and why that could not be read."""
    before = {id: known.get(id, (None, None)) for id in producers}
    names, nobody = cluster.producers.names([id for id, (name, _) in before.items() if name is None])
    log = topics.get(TOPIC)
    groupless = [id for id, (_, group) in before.items() if group is None]
    groups, unread = cluster.producers.groups(groupless, len(log.partitions) if log else 0)
    found = {id: (names.get(id, name), groups.get(id, group)) for id, (name, group) in before.items()}
    return found, next((str(fault) for fault in (*nobody, *unread)), "")
