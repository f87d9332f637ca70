"""Names that are to be looked at again when time has come so far: timers in a state that has no iteration.

Time moves with the records of a partition (their clocks, and ticks where nothing else happens), never with the wall
clock: a backlog that is read again gives the same timers. A timer may ring a slot too early.
"""

from __future__ import annotations

from streams.kept import Head, State

SLOT = 5_000  # ms
CHUNK = 64  # names in one value of the state


def ring_at(state: State, head: Head, name: str, ms: int) -> None:
    """`name` is in one of the lists that `ringing` gives once time has come to `ms`."""
    slot = max(ms // SLOT, head["timers"])
    head["farthest"] = max(head.get("farthest", 0), slot)
    count = state.get(f"timers:{slot}", 0)
    chunk = f"timers:{slot}:{count // CHUNK}"
    state.set(chunk, [*(state.get(chunk) or ()), name])
    state.set(f"timers:{slot}", count + 1)


def ringing(state: State, head: Head, now: int) -> list[str]:
    """The names whose time has come, however long nothing came before. `now` in ms."""
    upto, following = now // SLOT, head["timers"]
    if following > upto:
        return []
    found: list[str] = []
    for slot in range(following, min(upto, head.get("farthest", upto)) + 1) if following else ():
        count = state.get(f"timers:{slot}", 0)
        for number in range(-(-count // CHUNK)):
            found += state.get(f"timers:{slot}:{number}") or ()
            state.delete(f"timers:{slot}:{number}")
        if count:
            state.delete(f"timers:{slot}")
    head["timers"] = upto + 1
    return found
