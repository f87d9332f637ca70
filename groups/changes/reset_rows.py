"""The lines of a reset's plan, partition by partition, in words. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from changes.kind import Facts, PlanRow
from gateway import reset
from gateway.errors import KafkaFault
from gateway.facts import TopicPartition

Standings = Mapping[TopicPartition, reset.Standing | KafkaFault]


def moves(strategy: str, value: int | None, standings: Standings, missing: str) -> tuple[reset.Row, ...]:
    """As kafka-consumer-groups would have them. `missing`: said where no offset is given."""
    rows = reset.plan(strategy, value, standings)
    return (
        tuple(
            dataclasses.replace(row, refusal=missing) if row.refusal and _lacks(standings[row.partition]) else row
            for row in rows
        )
        if missing
        else rows
    )


def back(exact: Mapping[TopicPartition, int | None], standings: Standings) -> tuple[reset.Row, ...]:
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


def plan_row(move: reset.Row, standing: reset.Standing | KafkaFault) -> PlanRow:
    facts: Facts = {"topic": move.partition.topic, "partition": move.partition.partition}
    if isinstance(standing, reset.Standing):
        facts |= {"start": standing.start, "end": standing.end}
    name = str(move.partition)
    if move.refusal:
        return PlanRow(name, move.now, move.now, "left as it is", move.refusal, True, facts | {"left_out": 1})
    note = move.note or _of_what_is_there(move.now, standing)
    aloud = bool(note) and move.now is not None and move.new is not None
    return PlanRow(name, move.now, move.new, effect(move, standing), note, aloud, facts)


def effect(move: reset.Row, standing: reset.Standing | KafkaFault) -> str:
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


def effects(going: list[reset.Row]) -> str:
    """12,004 replayed, 3 skipped."""
    replays, skips = sum(move.replayed for move in going), sum(move.skipped for move in going)
    said = [f"{replays:,} replayed"] if replays else []
    said += [f"{skips:,} skipped"] if skips else []
    return ", ".join(said) or "no record replayed or skipped"


def _of_what_is_there(now: int | None, standing: reset.Standing | KafkaFault) -> str:
    if now is None or isinstance(standing, KafkaFault):
        return ""
    if now < standing.start:
        return f"{standing.start - now:,} records it had not read were deleted by retention."
    if now > standing.end:
        return f"What is committed is {now - standing.end:,} beyond the end."
    return ""


def _lacks(standing: reset.Standing | KafkaFault) -> bool:
    return isinstance(standing, reset.Standing) and standing.given is None
