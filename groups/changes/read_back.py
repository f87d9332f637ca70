"""What the offset that is there says about whether ours was written. Pure."""

from __future__ import annotations

from changes.kind import OutcomeRow, PlanRow


def judged(row: PlanRow, found: int | None, written: bool, active: bool, *, known: bool) -> OutcomeRow:
    """`written`: Kafka said so. `active`: somebody is in the group. `known`: what was done was written down."""
    if found == row.new:
        return OutcomeRow(row.name, row.now, row.new, found, "ok")
    if written and active:
        return OutcomeRow(row.name, row.now, row.new, found, "ok", "the group reads again and has moved on")
    if written:
        why = "another client committed right after: one that assigns its partitions itself is in no group"
        return OutcomeRow(row.name, row.now, row.new, found, "failed", why)
    if known or found == row.now:
        return OutcomeRow(row.name, row.now, row.new, found, "failed", "it was not written")
    why = "somebody has committed since, so whether it was written first can't be seen"
    return OutcomeRow(row.name, row.now, row.new, found, "unknown", why)
