"""Readers of committed records that wait for a transaction to end. Pure."""

from __future__ import annotations

from typing import Final

from gateway import words
from gateway.samples import Case, Judgement, PartitionSample

BLOCKED_S: Final = 45.0  # longer than transactions that are alive
LATE_MS: Final = 20_000  # after the last commit: so much later its transaction may end
MARKERS: Final = 10  # offsets between commit and transaction: markers use them up, and nobody commits past a marker


def blocked(case: Case) -> Judgement | None:
    """Stands where an open transaction begins. Held longest first."""
    held = [p for p in case.behind if waits(p) and case.still_for(p) >= BLOCKED_S and _open_for(case, p) >= BLOCKED_S]
    if not held:
        return None
    p = max(held, key=lambda sample: _open_for(case, sample))
    found, others = p.standing, len(held) - 1
    assert found is not None
    also = (
        f" {words.count(others, 'other partition').capitalize()} {'waits' if others == 1 else 'wait'} too."
        if others
        else ""
    )
    return Judgement(
        "blocked",
        f"An open transaction has held {p} back at offset {words.number(found.stable or 0)} for "
        f"{words.duration(_open_for(case, p))}. {words.records(p.lag or 0)} behind it "
        f"{'waits' if p.lag == 1 else 'wait'}: the group reads committed records only.{_whose(p)}{also}",
        "Find its producer: it hangs, or died without an end of its transaction. If it does not come back, abort the "
        "transaction with kafka-transactions.",
        since=found.since,
        topic=p.topic,
        partition=p.partition,
        offset=found.stable,
    )


def waits(p: PartitionSample) -> bool:
    """Whether the group stands right before an open transaction. One that reads past it does not."""
    found = p.standing
    if found is None or found.stable is None or p.end is None or p.committed is None:
        return False
    return found.stable < p.end and found.stable - MARKERS <= p.committed <= found.stable


def only_markers(p: PartitionSample) -> bool:
    """Whether what is left may be no records at all: a transaction's marker uses up an offset, and so does every record
    that was aborted. Only arrivals would tell, and there were none since the group stands."""
    found = p.standing
    if found is None or p.end is None or found.stable is None or found.stable < p.end:
        return False
    if found.arrived is not None and found.arrived > (p.moved_at or 0) + LATE_MS:
        return False
    # Where Kafka does not tell, one offset alone is more likely a marker than a record that nobody can read.
    return found.transactional is True or (found.transactional is None and p.lag == 1)


def _open_for(case: Case, p: PartitionSample) -> float:
    """Seconds."""
    found = p.standing
    if found is None:
        return 0.0
    begun = found.since if found.started is None else min(found.since, found.started)
    return (case.now - begun) / 1000


def _whose(p: PartitionSample) -> str:
    found = p.standing
    if found is None or found.producer is None:
        return ""
    return (
        f" It is {found.transaction}, producer id {found.producer}."
        if found.transaction
        else f" Its producer id is {found.producer}."
    )
