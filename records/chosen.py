"""The topics of a view: those that were named, and those whose names match a glob. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reader.errors import BadRequest
from records.tail_limits import TOPICS

NAMES = 249  # characters of a topic's name


@dataclass(frozen=True, slots=True)
class Chosen:
    readable: tuple[str, ...]
    hidden: tuple[str, ...]  # named, and not to be read by this person; whether they exist is not said


def chosen(named: Collection[str], glob: str, known: Collection[str], may_read: Callable[[str], bool]) -> Chosen:
    """`known`: the cluster's topics. Kafka's own are matched only by a glob that begins as they do.

    Raises BadRequest with a sentence when nothing is chosen, or more than one view may have.
    """
    if any(len(name) > NAMES for name in [*named, glob]):
        raise BadRequest(f"A topic's name has at most {NAMES} characters.")
    matching = [name for name in known if glob and fnmatchcase(name, glob) and (glob[0] == "_" or name[:2] != "__")]
    wanted = dict.fromkeys([*named, *sorted(filter(may_read, matching))])
    readable = tuple(name for name in wanted if may_read(name))
    if len(readable) > TOPICS:
        raise BadRequest(
            f"{len(readable):,} topics are chosen; one view has at most {TOPICS}. Narrow the choice.", "many"
        )
    hidden = tuple(name for name in wanted if name not in readable)
    if not readable and not hidden:
        raise BadRequest("No topic here has such a name." if glob else "No topic is chosen yet.", "none")
    return Chosen(readable, hidden)
