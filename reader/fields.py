"""Which fields the records of a topic have, as an expression names them, from the newest of each partition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Message

from gateway.config import ClusterConfig
from reader.consumer import layout, opened, watermarks
from reader.decode.decoder import decoder
from reader.names import quoted, step
from reader.replies import Done, Field, Reply, Seen
from reader.requests import Fields
from reader.scan import Budget, scan
from reader.subject import Subject

EACH = 25  # records of a partition
PARTITIONS = 12
MOST = 300  # fields
DEEP = 6
WIDE = 60  # fields of one object, items of a list
EXAMPLES = 6
LONGEST = 40  # characters of an example
WAIT_MS = 10
_KINDS: dict[type, str] = {
    int: "int", float: "double", str: "string", bool: "bool", bytes: "bytes",
    type(None): "null", list: "list", dict: "object",
}  # fmt: skip


@dataclass(slots=True)
class _Found:
    kinds: dict[str, None] = field(default_factory=dict)
    examples: dict[str, None] = field(default_factory=dict)
    records: int = 0


def seen_fields(request: Fields, config: ClusterConfig, emit: Callable[[Reply], None], budget: Budget) -> None:
    """Raises KafkaFault, BadRequest."""
    query, found = request.query, Collected()
    trees = decoder(query, config)

    def take(message: Message) -> bool:
        found.add(Subject(message, trees))
        return True

    with opened(config, wait_ms=WAIT_MS, committed=query.committed, each=256 * 1024) as consumer:
        partitions = layout(consumer, query.topic, query.partitions).readable
        bounds = watermarks(consumer, query.topic, partitions[:PARTITIONS])
        scan(
            consumer, query.topic, {p: (max(low, high - EACH), high) for p, (low, high) in bounds.items()}, take, budget
        )
    emit(Seen(request.id, found.fields(), found.records))
    emit(Done(request.id, budget.scanned, found.records, not budget.spent))


class Collected:
    def __init__(self) -> None:
        self.records = 0
        self._found: dict[str, _Found] = {}

    def add(self, subject: Subject) -> None:
        self.records += 1
        once: set[str] = set()
        for root, value in (("key", subject.key()), ("value", subject.value()), ("headers", subject.headers())):
            for path, held in paths(root, value):
                self._note(path, held, once)

    def _note(self, path: str, held: Any, once: set[str]) -> None:
        known = self._found.get(path)
        if known is None:
            if len(self._found) >= MOST:
                return
            known = self._found[path] = _Found()
        known.kinds[_KINDS.get(type(held), "other")] = None
        if path not in once:
            once.add(path)
            known.records += 1
        if len(known.examples) < EXAMPLES and (example := written(held)):
            known.examples[example] = None

    def fields(self) -> tuple[Field, ...]:
        """In the order in which they were met."""
        return tuple(Field(p, tuple(f.kinds), tuple(f.examples), f.records) for p, f in self._found.items())


def paths(path: str, held: Any, depth: int = DEEP) -> Iterator[tuple[str, Any]]:
    """A value and all below it. Of a list, its first item stands for all."""
    yield path, held
    if depth == 0:
        return
    if type(held) is dict:
        for name in list(held)[:WIDE]:
            if type(name) is str and len(name) <= 100:
                yield from paths(path + step(name), held[name], depth - 1)
    elif type(held) is list and held and type(held[0]) in (dict, list):
        yield from paths(f"{path}[0]", held[0], depth - 1)


def written(held: Any) -> str:
    """As it is written in an expression; "" for what is too long or is looked into rather than compared."""
    if held is True or held is False:
        return "true" if held else "false"
    if type(held) is int and abs(held) < 2**63:
        return str(held)
    if type(held) is float and abs(held) < 1e16:
        return repr(held)
    return quoted(held) if type(held) is str and 0 < len(held) <= LONGEST else ""
