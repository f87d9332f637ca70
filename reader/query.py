"""What is asked of a topic: which records, from where on, and how their bytes are read.

Offsets and times are ints (ms since 1970, UTC); a cluster is named by its config's fingerprint, made known by `Use`.
"""

from __future__ import annotations

import msgspec

from gateway.reading import GivenSchema

MAX_FILTER = 1000  # characters


class Filter(msgspec.Struct, frozen=True):
    """A piece of text to be found in the key, the value or any header; and an expression that must hold."""

    text: str = ""
    case: bool = False
    expression: str = ""


class Mask(msgspec.Struct, frozen=True, array_like=True):
    """A rule of `gateway.reading` for one topic."""

    side: str
    path: str = ""
    pattern: str = ""


class Reading(msgspec.Struct, frozen=True):
    """How the bytes of a topic are read; what is not said is filled in by `reader.decode.resolve`."""

    key: str = ""
    value: str = ""
    key_schema: GivenSchema | None = None
    value_schema: GivenSchema | None = None
    masks: tuple[Mask, ...] = ()


class Formats(msgspec.Struct, frozen=True, array_like=True):
    """How one view reads records: a format, `guess`, or "" for what is set for the topic."""

    key: str = ""
    value: str = ""


class Query(msgspec.Struct, frozen=True):
    cluster: str
    topic: str
    partitions: tuple[int, ...] = ()  # none: all
    filter: Filter = Filter()
    committed: bool = False  # leave out records of open and aborted transactions
    reading: Reading = Reading()
    one_in: int = 1  # a tail shows the records of one key in so many; a key is always in or always out
    unmask: bool = False  # show what the cluster's rules hide: for who has the right to see it
    formats: Formats = Formats()
    columns: tuple[str, ...] = ()  # paths whose values each row has beside key and value


class Start(msgspec.Struct, frozen=True):
    """Where a browse begins, or may not go beyond. `offsets` by partition: the first to read (`from`), the first not
    to read (`before`)."""

    kind: str  # newest | oldest | offset | time | from | before
    at: int = 0  # offset or ms
    offsets: dict[int, int] = {}
