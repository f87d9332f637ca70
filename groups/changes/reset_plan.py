"""The plan of a reset: which partitions, from where to where, and everything a person should know before saying yes."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

import msgspec

from changes.disk import sizes
from changes.kind import Facts, Figure, Plan, PlanRow, Refusal
from changes.words import bytes_said, count, names_said
from gateway import reset
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import Topic, TopicPartition
from groups.changes.facts import Offsets, group_named, offsets_of, who_is_in
from groups.changes.reset_params import Params, destination, exact_offsets, local, number

if TYPE_CHECKING:
    from gateway.cluster import Cluster


def make(cluster: Cluster, params: Params) -> Plan:
    """Raises Refusal, KafkaFault."""
    value, exact = number(params), exact_offsets(params)
    group = group_named(cluster, params.group)
    if group is None and not params.create:
        raise Refusal(f"There is no group {params.group}.")
    committed, topics = offsets_of(cluster, params.group), cluster.topics.list()
    chosen = sorted(exact) if params.to == "exactly" else selected(params, committed, topics)
    if not chosen:
        raise Refusal(
            "No partition is selected." if committed else "The group has committed nothing: say which topics."
        )
    standings = _standings(cluster, chosen, committed, topics, value if params.to == "time" else None)
    moves = _back(exact, standings) if params.to == "exactly" else reset.plan(params.to, value, standings)
    going = [move for move in moves if not move.refusal]
    if not going:
        raise Refusal(f"None of the selected partitions can be reset. {moves[0].partition}: {moves[0].refusal}")
    blocked = who_is_in(group)
    if blocked:
        blocked += " Kafka accepts new offsets only for an empty group."
    elif all(move.new == move.now for move in going):
        blocked = "The group is there already: nothing would change."
    title, small = destination(params, value)
    names = {tp.topic for tp in chosen} & set(topics)
    replays, skips = sum(move.replayed for move in going), sum(move.skipped for move in going)
    size = _bytes(cluster, going, standings, [topics[name] for name in names])
    return Plan(
        target=params.group,
        summary=f"{count(len(going), 'partition')} {title}, {_effect_said(replays, skips)}",
        params=msgspec.to_builtins(params),
        rows=tuple(_row(move, standings[move.partition]) for move in moves),
        figures=(
            Figure(title, small),
            Figure(f"{replays:,}", "records will be read again", warn=replays > 0),
            Figure(f"{skips:,}", "records skipped", warn=skips > 0),
            Figure("—" if size is None else bytes_said(size), "to read again, estimated"),
            Figure(f"{len(going):,} of {_of(committed, names, topics):,}", "partitions selected"),
        ),
        warnings=tuple(_warnings(params, value, moves)),
        button=f"Apply to {count(len(going), 'partition')}",
        blocked=blocked,
        rests_on=rests_on(committed, topics, chosen),
    )


def rests_on(committed: Offsets, topics: dict[str, Topic], chosen: list[TopicPartition]) -> Facts:
    """Topic ids, and what is committed on the partitions that will be written."""
    ids: Facts = {
        f"The id of {name}": topics[name].id if name in topics else None for name in sorted({t.topic for t in chosen})
    }
    return ids | {str(tp): committed[tp].offset if tp in committed else None for tp in chosen}


def selected(params: Params, committed: Offsets, topics: dict[str, Topic]) -> list[TopicPartition]:
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
    cluster: Cluster, chosen: list[TopicPartition], committed: Offsets, topics: dict[str, Topic], time_ms: int | None
) -> dict[TopicPartition, reset.Standing | KafkaFault]:
    there = [
        tp for tp in chosen if tp.topic in topics and any(p.id == tp.partition for p in topics[tp.topic].partitions)
    ]
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
            found[tp] = reset.Standing(start, end, committed[tp].offset if tp in committed else None, at)
    return found


def _back(
    exact: dict[TopicPartition, int | None], standings: dict[TopicPartition, reset.Standing | KafkaFault]
) -> tuple[reset.Row, ...]:
    """To one offset for each partition, as an undo has them: what was there comes back, inside the log or not."""
    rows = []
    for tp in sorted(exact):
        offset, standing = exact[tp], standings[tp]
        if isinstance(standing, KafkaFault):
            rows.append(reset.Row(tp, None, None, refusal=str(standing)))
        elif offset is None:
            rows.append(
                reset.Row(tp, standing.committed, None, note="The commit is taken away: there was none before.")
            )
        else:
            (row,) = reset.plan("offset", offset, {tp: standing})
            inside = row.new == offset
            note = (
                "" if inside else f"{offset:,} is not in the log any more: consumers start by their auto.offset.reset."
            )
            rows.append(row if inside else dataclasses.replace(row, new=offset, note=note))
    return tuple(rows)


def _row(move: reset.Row, standing: reset.Standing | KafkaFault) -> PlanRow:
    facts: Facts = {"topic": move.partition.topic, "partition": move.partition.partition}
    if isinstance(standing, reset.Standing):
        facts |= {"start": standing.start, "end": standing.end}
    name = str(move.partition)
    if move.refusal:
        return PlanRow(name, move.now, move.now, "left as it is", move.refusal, True, facts | {"left_out": 1})
    note = move.note
    if not note and isinstance(standing, reset.Standing) and move.now is not None and move.now < standing.start:
        note = f"{standing.start - move.now:,} records it had not read were deleted by retention."
    return PlanRow(name, move.now, move.new, _effect(move, standing), note, _aloud(move, note), facts)


def _aloud(move: reset.Row, note: str) -> bool:
    return bool(note) and move.now is not None and move.new is not None


def _effect(move: reset.Row, standing: reset.Standing | KafkaFault) -> str:
    if move.new is None:
        return "commit taken away" if move.now is not None else "stays without one"
    if move.now is None:
        ahead = standing.end - move.new if isinstance(standing, reset.Standing) else 0
        return f"starts with {max(0, ahead):,} to read"
    if move.replayed:
        return f"replays {move.replayed:,}"
    if move.skipped:
        return f"skips {move.skipped:,}"
    return "stays" if move.now == move.new else "no record in between"


def _effect_said(replays: int, skips: int) -> str:
    said = [f"{replays:,} replayed"] if replays else []
    said += [f"{skips:,} skipped"] if skips else []
    return ", ".join(said) or "no record replayed or skipped"


def _of(committed: Offsets, names: set[str], topics: dict[str, Topic]) -> int:
    """Partitions there are to choose from: those with a commit, and all of the chosen topics."""
    return len(set(committed) | {TopicPartition(name, p.id) for name in names for p in topics[name].partitions})


def _bytes(
    cluster: Cluster,
    moves: list[reset.Row],
    standings: dict[TopicPartition, reset.Standing | KafkaFault],
    topics: list[Topic],
) -> int | None:
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


def _warnings(params: Params, value: int | None, moves: tuple[reset.Row, ...]) -> list[str]:
    said = []
    if params.to == "time" and value is not None and value > time.time() * 1000:
        said.append(f"{local(value, params.zone)} is in the future: every partition goes to its end.")
    if out := [str(move.partition) for move in moves if move.refusal]:
        said.append(f"Can't be reset and will be left: {names_said(out)}.")
    if params.to in ("offset", "shift") and (
        moved := [str(m.partition) for m in moves if m.note and m.now is not None]
    ):
        said.append(
            f"On {count(len(moved), 'partition')} the offset is not in the log and was moved: {names_said(moved)}."
        )
    return said
