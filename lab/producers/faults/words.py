"""What a fault did to each producer, a sentence each; no more than the topic shows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.producers.faults.asked import WAYS, Asked, Fault
from lab.producers.faults.tally import Tally

NOBODY: dict[Fault, str] = {
    "pause": "nobody answers it, so nobody told it",
    "restart": "nobody had told it that the broker was gone",
    "cut": "nobody had told it that the network was gone",
}


@dataclass(frozen=True, slots=True)
class Said:
    tone: str  # good | warn | bad
    sentence: str


def said(asked: Asked, tallies: Sequence[Tally]) -> list[Said]:
    """Of each of WAYS, in their order."""
    silent, plain, idempotent = tallies
    return [
        Said(_tone(silent), _silent(asked, silent) + _failed(asked, silent)),
        Said(_tone(plain), _plain(asked, plain) + _failed(asked, plain)),
        Said(_tone(idempotent), _idempotent(idempotent, plain) + _failed(asked, idempotent)),
    ]


def _silent(asked: Asked, of: Tally) -> str:
    if of.lost:
        return f"acks=0 lost {of.lost:,} of {of.handed:,} records: {NOBODY[asked.fault]}."
    if of.doubled:
        return _odd(WAYS[0].name, of)
    if asked.fault == "pause":
        return f"acks=0 lost none of {of.handed:,} records: the connection held, and kept what was sent meanwhile."
    return f"acks=0 lost none of {of.handed:,} records this time. Had it lost some, nobody would have told it."


def _plain(asked: Asked, of: Tally) -> str:
    name = WAYS[1].name
    if of.lost:
        return _odd(name, of)
    if of.doubled:
        return (
            f"{name} lost nothing and doubled {of.doubled:,} of {of.handed:,} records: they had arrived, "
            "their acknowledgements had not, so they were sent again."
        )
    if asked.fault == "pause":
        return f"{name} lost nothing and doubled nothing of {of.handed:,} records: the acknowledgements came late."
    return f"{name} lost nothing and doubled nothing of {of.handed:,} records: none that was sent again had arrived."


def _idempotent(of: Tally, plain: Tally) -> str:
    if not of.clean:
        return _odd("The idempotent producer", of)
    why = ": what came twice, the broker knew by its sequence number" if plain.doubled else ""
    return f"The idempotent producer lost nothing and doubled nothing of {of.handed:,} records{why}."


def _odd(name: str, of: Tally) -> str:
    return (
        f"{name} lost {of.lost:,} acknowledged records and doubled {of.doubled:,} of {of.handed:,}: that should not be."
    )


def _failed(asked: Asked, of: Tally) -> str:
    if not of.failed:
        return ""
    gave_up = f" It gave up on {of.failed:,} after {asked.give_up} s"
    if not of.failed_found:
        return f"{gave_up}, and none of those is in the topic."
    return f"{gave_up}, and {of.failed_found:,} of those are in the topic all the same: failed means not confirmed."


def _tone(of: Tally) -> str:
    return "bad" if of.lost else "warn" if of.doubled or of.failed else "good"
