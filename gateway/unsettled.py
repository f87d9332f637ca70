"""What is the matter with a group that commits no offsets: a share group by what it has left to settle. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from gateway import words
from gateway.samples import Judgement

MINUTES: Final = 5  # in a row in which it grew, before what is left is called too much

NO_OFFSETS: Final = Judgement(
    "unknown", "It hands out work and commits no offsets: its members are all that Kafka tells of it."
)


def share_group(
    *, now: int, members: int, left: int | None, minutes: Sequence[int | None], before: Judgement | None
) -> Judgement:
    """`left`: records not settled yet; `minutes`: how many at each of the last minutes, oldest first; now in ms;
    `before`: what the last look found."""
    found = _found(members, left, minutes, before is not None and before.code == "falling_behind")
    if found.code not in ("stopped", "falling_behind"):
        return found
    same = before is not None and before.code == found.code and before.since is not None
    return found._replace(since=before.since if same and before is not None else now)


def _found(members: int, left: int | None, minutes: Sequence[int | None], was_behind: bool) -> Judgement:
    who = f"{words.count(members, 'member').capitalize()} connected" if members else "No member is running"
    if left is None:
        return Judgement("unknown" if members else "idle", f"{who}, and none has begun to read.")
    if not members:
        if not left:
            return Judgement("idle", "No member is running, and every record is settled.")
        return Judgement(
            "stopped",
            f"No member is running: {words.records(left)} not settled.",
            "Start the consumers; they go on where the group stopped.",
        )
    if not left:
        return Judgement("keeping_up", f"Every record is settled. {who}.")
    grew = _grew(minutes, left)
    if grew is not None or (was_behind and minutes and minutes[-1] is not None and left >= minutes[-1]):
        since = f", {words.number(grew)} more than {words.count(MINUTES, 'minute')} ago" if grew is not None else ""
        return Judgement(
            "falling_behind",
            f"{words.records(left)} not settled{since}, and it grows.",
            "Add members: in a share group more of them than partitions make sense.",
        )
    return Judgement("keeping_up", f"{words.records(left)} not settled yet: on the way, or waiting. {who}.")


def _grew(minutes: Sequence[int | None], left: int) -> int | None:
    """By how much, if it did so in each of the last minutes."""
    known = [point for point in (*minutes[-MINUTES:], left) if point is not None]
    if len(known) <= MINUTES or not all(later > earlier for earlier, later in pairwise(known)):
        return None
    return known[-1] - known[0]
