"""The form of an experiment's settings: a line for each, with what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from lab.consumers.settings import CHOICES, LABELS, Settings

HELP = {
    "partitions": "Of a topic that is made for it and deleted at the end.",
    "members": "More can be added by button.",
    "rate": "Records a second, over all partitions.",
    "records": "0 writes until the end.",
    "protocol": "range and roundrobin are eager. KIP-848 needs Kafka 4.0.",
    "commit": "librdkafka counts a record as done when it is handed out, unless enable.auto.offset.store is false.",
    "interval_ms": "Of auto commit; Kafka's default is 5,000.",
    "batch": "At most so many in hand: max.poll.records in Java, where it is 500.",
    "work_ms": "Milliseconds, one record after the other.",
    "static": "group.instance.id: the broker keeps the seat of one who restarts.",
    "session_ms": "Classic only, default 45,000. With KIP-848 it is the broker's own: 45 s unless set there.",
    "max_poll_ms": "Longer between two polls, and the client leaves its group. Default 300,000.",
}
GROUPS = (
    ("Topic", ("partitions", "rate", "records")),
    ("Group", ("protocol", "static", "session_ms", "members")),
    ("Consumers", ("commit", "interval_ms", "batch", "work_ms", "max_poll_ms")),
)


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    help: str
    value: str
    error: str
    choices: tuple[tuple[str, str], ...]  # none: it is a number


def form(settings: Settings, said: Mapping[str, str], wrong: Mapping[str, str]) -> list[tuple[str, list[Field]]]:
    """`said` goes over the settings, also where it is wrong: nothing that was typed is lost."""
    held = msgspec.structs.asdict(settings) | {"static": "1" if settings.static else "0"}
    values = {name: str(said.get(name, value)) for name, value in held.items()}
    return [(title, [_field(name, values[name], wrong.get(name, "")) for name in names]) for title, names in GROUPS]


def _field(name: str, value: str, error: str) -> Field:
    return Field(name, LABELS[name], HELP[name], value, error, tuple(CHOICES.get(name, {}).items()))
