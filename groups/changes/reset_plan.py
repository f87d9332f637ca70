"""The plan of a reset: which partitions, from where to where, and everything a person should know before saying yes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from changes.disk import sizes
from changes.kind import Facts, Figure, Plan, Refusal
from changes.words import bytes_said, count
from gateway import reset
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import Topic, TopicPartition
from groups.changes import reset_rows, waiting
from groups.changes.facts import Offsets, group_named, offsets_of, who_is_in
from groups.changes.reset_given import Given, given
from groups.changes.reset_params import ONE_BY_ONE, Params, moment, number
from groups.changes.reset_rows import Standings
from groups.changes.reset_warnings import warnings
from groups.changes.reset_words import destination

if TYPE_CHECKING:
    from gateway.cluster import Cluster


def make(cluster: Cluster, params: Params) -> Plan:
    """Raises Refusal, KafkaFault."""
    now_ms = round(time.time() * 1000)
    value, time_ms = number(params), moment(params, now_ms)
    group = group_named(cluster, params.group)
    if group is None and not params.create:
        raise Refusal(f"There is no group {params.group}.")
    own = given(cluster, params) if params.to in ONE_BY_ONE else Given({})
    committed, topics = offsets_of(cluster, params.group), cluster.topics.list()
    chosen = selected(params, own, committed, topics)
    if not chosen:
        raise Refusal(
            "No partition is selected." if committed else "The group has committed nothing: say which topics."
        )
    standings = _standings(cluster, chosen, committed, topics, time_ms, own)
    if params.to == "exactly":
        moves = reset_rows.back(own.offsets, standings)
    else:
        moves = reset_rows.moves(STRATEGIES.get(params.to, params.to), value, standings, own.missing)
    going = [move for move in moves if not move.refusal]
    if not going:
        raise Refusal(f"None of the selected partitions can be reset. {moves[0].partition}: {moves[0].refusal}")
    blocked = who_is_in(group)
    rule = waiting.rule(params.to, value) if blocked else ""
    if blocked:
        blocked += " Kafka accepts new offsets only for an empty group."
    elif all(move.new == move.now for move in going):
        blocked = "The group is there already: nothing would change."
    title, small = destination(params, value, time_ms)
    names = {tp.topic for tp in chosen} & set(topics)
    replays, skips = sum(move.replayed for move in going), sum(move.skipped for move in going)
    size = _bytes(cluster, going, standings, [topics[name] for name in names])
    beside = own.beside(set(chosen))
    return Plan(
        target=params.group,
        summary=f"{count(len(going), 'partition')} {title}, {reset_rows.effects(going)}",
        params=msgspec.to_builtins(params),
        rows=tuple(reset_rows.plan_row(move, standings[move.partition]) for move in moves),
        figures=(
            Figure(title, small),
            Figure(f"{replays:,}", "records will be read again", warn=replays > 0),
            Figure(f"{skips:,}", "records skipped", warn=skips > 0),
            Figure("—" if size is None else bytes_said(size), "to read again, estimated"),
            Figure(f"{len(going):,} of {_of(committed, names, topics):,}", "partitions selected"),
        ),
        warnings=(
            *warnings(params, time_ms, now_ms, moves, standings, topics, made_anew(chosen, committed, topics)),
            *own.warnings,
            *([beside] if beside else []),
        ),
        button=f"Apply to {count(len(going), 'partition')}",
        blocked=blocked,
        rule=rule,
        rests_on=rests_on(committed, topics, chosen),
        facts={} if time_ms is None else {"time": time_ms},
    )


#: The way that was asked for -> the arithmetic of it.
STRATEGIES = {"duration": "time", "group": "given", "file": "given", "bookmark": "given"}


def rests_on(committed: Offsets, topics: dict[str, Topic], chosen: list[TopicPartition]) -> Facts:
    """Topic ids, and what is committed on the partitions that will be written."""
    ids: Facts = {
        f"The id of {name}": topics[name].id if name in topics else None for name in sorted({t.topic for t in chosen})
    }
    return ids | {str(tp): committed[tp].offset if tp in committed else None for tp in chosen}


def made_anew(chosen: list[TopicPartition], committed: Offsets, topics: dict[str, Topic]) -> list[TopicPartition]:
    """Partitions whose leader epoch is lower than the one that was committed: they belong to another topic by now."""
    epochs = {TopicPartition(t.name, p.id): p.epoch for t in topics.values() for p in t.partitions}

    def is_older(tp: TopicPartition) -> bool:
        then, now = committed[tp].leader_epoch if tp in committed else None, epochs.get(tp)
        return then is not None and now is not None and then > now

    return [tp for tp in chosen if is_older(tp)]


def selected(params: Params, own: Given, committed: Offsets, topics: dict[str, Topic]) -> list[TopicPartition]:
    if params.to == "exactly" or (params.partitions == "all" and params.to in ONE_BY_ONE):
        return sorted(own.offsets)
    if params.partitions == "all":
        return sorted(committed)
    found: set[TopicPartition] = set()
    for name, ids in params.partitions.items():
        if ids == "all" and name not in topics:
            raise Refusal(f"There is no topic {name}.")
        numbers = [p.id for p in topics[name].partitions] if ids == "all" else ids
        found |= {TopicPartition(name, int(number)) for number in numbers}
    return sorted(found)


def _standings(
    cluster: Cluster,
    chosen: list[TopicPartition],
    committed: Offsets,
    topics: dict[str, Topic],
    time_ms: int | None,
    own: Given,
) -> Standings:
    known = {TopicPartition(topic.name, p.id) for topic in topics.values() for p in topic.partitions}
    there = [tp for tp in chosen if tp in known]
    starts, ends = cluster.offsets.starts(there), cluster.offsets.ends(there)
    at_time = cluster.offsets.for_time(there, time_ms) if time_ms is not None else {}
    found: dict[TopicPartition, reset.Standing | KafkaFault] = {}
    for tp in chosen:
        start, end, at = starts.get(tp, UnknownTopic()), ends.get(tp, UnknownTopic()), at_time.get(tp)
        if isinstance(start, KafkaFault):
            found[tp] = start
        elif isinstance(end, KafkaFault):
            found[tp] = end
        elif isinstance(at, KafkaFault):
            found[tp] = at
        else:
            now = committed[tp].offset if tp in committed else None
            found[tp] = reset.Standing(start, end, now, at, own.offsets.get(tp))
    return found


def _of(committed: Offsets, names: set[str], topics: dict[str, Topic]) -> int:
    """Partitions there are to choose from: those with a commit, and all of the chosen topics."""
    return len(set(committed) | {TopicPartition(name, p.id) for name in names for p in topics[name].partitions})


def _bytes(cluster: Cluster, moves: list[reset.Row], standings: Standings, topics: list[Topic]) -> int | None:
    """What is replayed, at the mean size of each partition's records on disk. None: a broker did not tell."""
    if not any(move.replayed for move in moves):
        return 0
    known = sizes(cluster, topics)
    if known is None:
        return None
    total = 0
    for move in moves:
        standing = standings[move.partition]
        if isinstance(standing, reset.Standing) and standing.end > standing.start:
            total += move.replayed * known.get(move.partition, 0) // (standing.end - standing.start)
    return total
