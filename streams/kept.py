"""What a stateful step keeps: the engine's state, or a dict in a test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NotRequired, Protocol, TypedDict


class State(Protocol):
    """Values are JSON. `ttl` counts from the record's own time."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any, ttl: timedelta | None = None) -> None: ...

    def delete(self, key: str) -> None: ...


class Head(TypedDict):
    """The few numbers of a partition that every event needs, in one value."""

    time: int  # ms: how far the clocks of its events have come
    timers: int  # the first slot of timers that has not rung; 0: none yet
    farthest: NotRequired[int]  # the last slot that has any; not there before the first one, or in an older state
    changed: int  # names marked in this round
    round: int
    events: int  # since the last telling


def head_of(state: State) -> Head:
    return state.get("head") or Head(time=0, timers=0, changed=0, round=1, events=0)
