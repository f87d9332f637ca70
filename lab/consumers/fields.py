"""The form of an experiment's settings: a line for each, with what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from lab.consumers.settings import BOUNDS, COMMITS, LABELS, PROTOCOLS, Settings

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
CHOICES = {"protocol": PROTOCOLS, "commit": COMMITS, "static": {"0": "no", "1": "yes"}}
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
    choices: tuple[tuple[str, str], ...] = ()
    least: int = 0
    most: int = 0


def form(settings: Settings, said: Mapping[str, str], wrong: Mapping[str, str]) -> list[tuple[str, list[Field]]]:
    """`said` goes over the settings, also where it is wrong: nothing that was typed is lost."""
    held = asdict(settings) | {"static": "1" if settings.static else "0"}
    values = {name: str(said.get(name, value)) for name, value in held.items()}
    return [(title, list(_fields(names, values, wrong))) for title, names in GROUPS]


def _fields(names: tuple[str, ...], values: Mapping[str, str], wrong: Mapping[str, str]) -> Iterator[Field]:
    for name in names:
        made = Field(name, LABELS[name], HELP[name], values[name], wrong.get(name, ""))
        if name in CHOICES:
            yield Field(*_head(made), choices=tuple(CHOICES[name].items()))
        else:
            yield Field(*_head(made), least=BOUNDS[name].least, most=BOUNDS[name].most)


def _head(field: Field) -> tuple[str, str, str, str, str]:
    return field.name, field.label, field.help, field.value, field.error
