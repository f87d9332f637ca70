"""Offsets of a group that went back or went away, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Jump(NamedTuple):
    topic: str
    partition: int
    before: int
    after: int | None  # None: the group has no offset there any more


@dataclass(frozen=True, slots=True)
class Jumped:
    """What one group did at one moment."""

    group: str
    at: int  # ms
    kind: (
        str  # rewound: somebody reset it, or the topic was made anew; gone: expired, deleted, or the topic was deleted
    )
    places: tuple[Jump, ...]
    exact: bool = True  # False: seen from one poll to the next

    @property
    def source(self) -> str:
        """The same again is the same."""
        first = self.places[0]
        return f"{self.kind}:{self.at}:{first.partition}:{first.after}"
