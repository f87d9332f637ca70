"""What has moved since a change was applied, in a sentence for whoever takes it back. Pure."""

from __future__ import annotations

from changes.kind import Outcome, Plan, Value


def since(outcome: Outcome, plan: Plan) -> str:
    """`plan`: of the way back; what it calls now is compared with what was read back then. Empty: nothing moved."""
    left = {row.name: row.found for row in outcome.rows}
    moved = [row for row in plan.rows if row.name in left and row.now != left[row.name]]
    if not moved:
        return ""
    first = moved[0]
    was = left[first.name]
    how_many = f"{len(moved):,} of {len(plan.rows):,} moved since: " if len(plan.rows) > 1 else "It moved since: "
    return f"{how_many}{first.name} {_was(was)} and {_is(first.now)}{_by(was, first.now)}."


def _was(value: Value) -> str:
    return "was left without one" if value is None else f"was left at {_said(value)}"


def _is(value: Value) -> str:
    return "has none now" if value is None else f"is at {_said(value)} now"


def _said(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _by(was: Value, now: Value) -> str:
    """, 3,103 further"""
    if not isinstance(was, int) or not isinstance(now, int):
        return ""
    return f", {abs(now - was):,} {'further' if now > was else 'back'}"
