"""What a poll found out about groups, for the next one: about the very same objects it need not be found out again.

The gateway answers with the same object as long as Kafka says the same, and a snapshot keeps what did not change. A
memory that is lost costs one slower poll and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from live.snapshot import MemberState, OffsetState


class Seen(NamedTuple):
    described: Any  # what Kafka said of its members
    members: tuple[MemberState, ...]  # and that they are these
    committed: Any  # what Kafka said of its offsets
    still: tuple[OffsetState, ...] | None  # and that they are these, and at rest; None: they move


Groups = Mapping[str, Seen]
_of: dict[int, Groups] = {}


def of(cluster: int) -> Groups:
    """From the newest poll of the cluster in this process."""
    return _of.get(cluster, {})


def keep(cluster: int, groups: Groups) -> None:
    _of[cluster] = groups
