"""A reset that waits for its group to empty: what is agreed to, and whether the plan made then is still that. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from changes.kind import Facts, Occupied, Plan, Refusal, Value
from changes.words import names_said
from groups.changes.facts import by_topic, who_is_in
from groups.changes.reset_params import Params

if TYPE_CHECKING:
    from live.snapshot import Snapshot

#: Where these lead depends on the moment; all others name offsets, and those must not change while it waits.
MOVING = {
    "earliest": "Each partition goes to the oldest record there is by then.",
    "latest": "Each partition goes to its end as it is by then.",
    "shift": "Each partition moves by {} from where the group stands by then, not from where it stands now.",
    "duration": "Each partition goes back by that much from the moment when the group is empty.",
    "current": "Each partition stays where the group stands by then.",
}
FIXED = "Each partition goes to the offset shown here. If one of them would be another by then, nothing is changed."


def rule(to: str, value: int | None) -> str:
    return MOVING.get(to, FIXED).format(f"{value or 0:+,}")


def fixed(params: Params, armed: Plan) -> Params:
    """The same wish for the partitions that were shown: what the group commits elsewhere meanwhile is left alone."""
    if params.to == "exactly":
        return params
    shown = by_topic(row for row in armed.rows if not row.facts.get("left_out"))
    return msgspec.structs.replace(params, partitions=dict(shown))


def same(armed: Plan, now: Plan, *, moving: bool) -> None:
    """Raises Occupied when somebody is in, Refusal when `now` is not what was agreed to."""
    if now.rule:
        raise Occupied(now.blocked)
    were, are = _ids(armed.rests_on), _ids(now.rests_on)
    if anew := [name for name, known in were.items() if name in are and are[name] != known]:
        raise Refusal(f"{names_said(anew)} is another one now: the topic was made anew while this waited.")
    shown, found = _going(armed), _going(now)
    if lost := [name for name in shown if name not in found]:
        raise Refusal(f"{names_said(lost)} can't be set any more.")
    if not moving and (other := [name for name in shown if shown[name] != found[name]]):
        first = other[0]
        more = f", and {len(other) - 1} more differ" if len(other) > 1 else ""
        raise Refusal(f"{first} would go to {_said(found[first])} now, not to {_said(shown[first])}{more}.")
    if now.blocked:
        raise Refusal(now.blocked)


def still_in(snapshot: Snapshot, group: str) -> str:
    """Who is in by the newest snapshot; empty when nobody is, or the group is not there any more."""
    return who_is_in(snapshot.groups.get(group))


def _ids(rests_on: Facts) -> Facts:
    return {name: known for name, known in rests_on.items() if name.startswith("The id of ")}


def _going(plan: Plan) -> dict[str, Value]:
    return {row.name: row.new for row in plan.rows if not row.facts.get("left_out")}


def _said(offset: Value) -> str:
    return "no commit" if offset is None else f"{offset:,}" if isinstance(offset, int) else offset
