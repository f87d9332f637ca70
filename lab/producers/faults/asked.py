"""A fault as an address and as a form: `?fault=cut&seconds=3`. What is not said is the default. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from lab.typed import differing, typed

Fault = Literal["pause", "restart", "cut"]

DEAF = 0.5  # seconds at the beginning of a cut in which requests still arrive; half of a short one


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    fault: Fault = "cut"
    seconds: int = 3
    rate: int = 1000  # records/s of each producer
    timeout: int = 60  # s, socket.timeout.ms
    give_up: int = 120  # s, message.timeout.ms


class Way(msgspec.Struct, frozen=True):
    """One of the three producers that go through the fault."""

    name: str
    topic: str
    properties: dict[str, Any]


WAYS = (
    Way("acks=0", "acks-0", {"acks": "0"}),
    Way("acks=all with retries", "retries", {"acks": "all", "enable.idempotence": False}),
    Way("idempotent", "idempotent", {"acks": "all", "enable.idempotence": True}),
)

FAULTS: tuple[tuple[Fault, str, str], ...] = (
    ("pause", "Pause", "The broker stands still (SIGSTOP), as in a long garbage collection, and goes on."),
    (
        "restart",
        "Restart",
        "The broker's machine loses power: kill -9, and nobody closes its connections. Then it starts again.",
    ),
    (
        "cut",
        "Cut",
        "The network goes. At first only answers are lost, then all that is sent; in the end the connections break.",
    ),
)

#: name, its label, what it means, the least and the most
FIELDS = (
    ("seconds", "Lasts, s", "How long the fault is.", 1, 20),
    ("rate", "Records/s", "Of each producer.", 10, 3000),
    (
        "timeout",
        "Answer within, s",
        "socket.timeout.ms: how long a request may wait. Java's is request.timeout.ms, 30 s.",
        1,
        60,
    ),
    (
        "give_up",
        "Give up after, s",
        "message.timeout.ms: when a record counts as failed; librdkafka's own is 300 s. Java's is delivery.timeout.ms.",
        1,
        300,
    ),
)

#: A question, and the address of the run that answers it.
PRESETS = (
    ("When does a retry double?", "fault=cut&seconds=3"),
    ("What does acks=0 lose when a broker dies?", "fault=restart&seconds=2"),
    ("Does a pause harm anybody?", "fault=pause&seconds=5"),
    ("And one that is longer than the timeout?", "fault=pause&seconds=6&timeout=2"),
    ("Is what failed not written?", "fault=cut&seconds=6&give_up=2"),
)


RANGES = {name: (least, most) for name, _, _, least, most in FIELDS}


def read(words: Mapping[str, str]) -> tuple[Asked, list[str]]:
    """What is asked for, and what is wrong with it, a sentence each."""
    asked, wrong = typed(Asked(), {name: text for name, text in words.items() if text.strip()}, RANGES)
    return asked, [_wrong(name) for name in wrong]


def _wrong(name: str) -> str:
    if name == "fault":
        return "There is no such fault."
    label, least, most = next((label, least, most) for field, label, _, least, most in FIELDS if field == name)
    return f"“{label}” is a number from {least:,} to {most:,}."


def address(asked: Asked) -> str:
    """The query string that fills the form with this."""
    return urlencode({"fault": asked.fault, "seconds": asked.seconds} | differing(asked, Asked()))


def client(way: Way, asked: Asked) -> dict[str, Any]:
    """For confluent_kafka.Producer."""
    times = {"socket.timeout.ms": asked.timeout * 1000, "message.timeout.ms": asked.give_up * 1000}
    return way.properties | times | {"queue.buffering.max.messages": 1_000_000}  # what waits is no part of the question
