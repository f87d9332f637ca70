"""What has changed since it was last told: names in a state that has no iteration, told together on a tick.

A count that changes a thousand times between two ticks is told once.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.kept import Head, State

CHUNK = 64  # names in one value of the state


def mark(state: State, head: Head, name: str) -> None:
    """`name` will be told. The caller asks `is_marked` of what it keeps first, so that it is marked only once."""
    number = head["changed"] // CHUNK
    state.set(f"changed:{number}", [*(state.get(f"changed:{number}") or ()), name])
    head["changed"] += 1


def is_marked(head: Head, round: int) -> bool:
    """`round`: the one in which it was last marked."""
    return round == head["round"]


def told(state: State, head: Head) -> Iterator[str]:
    """All marked names, and a new round begins."""
    for number in range(-(-head["changed"] // CHUNK)):
        yield from state.get(f"changed:{number}") or ()
        state.delete(f"changed:{number}")
    head["changed"] = 0
    head["round"] += 1
