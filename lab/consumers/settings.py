"""What an experiment is set to: from the words of an address or a form, to the settings of a client. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from lab.typed import differing, typed

Protocol = Literal["range", "roundrobin", "cooperative-sticky", "consumer"]
Commit = Literal["auto", "handed", "before", "after"]
CHOICES: dict[str, dict[str, str]] = {
    "protocol": {
        "range": "classic, range",
        "roundrobin": "classic, roundrobin",
        "cooperative-sticky": "classic, cooperative-sticky",
        "consumer": "consumer (KIP-848)",
    },
    "commit": {
        "auto": "auto commit of what was processed",
        "handed": "auto commit of what was handed out",
        "before": "by hand, before processing",
        "after": "by hand, after processing",
    },
    "static": {"0": "no", "1": "yes"},
}
MEMBERS = 8  # at once: each is a process of some 40 MB
NAMES = tuple("ABCDEFGH")
RANGES = {
    "partitions": (1, 24),
    "members": (0, MEMBERS),
    "rate": (1, 1000),
    "records": (0, 100_000),
    "interval_ms": (100, 60_000),
    "batch": (1, 500),
    "work_ms": (0, 10_000),
    "session_ms": (6000, 60_000),
    "max_poll_ms": (6000, 600_000),
}
UNITS = {
    "partitions": "partitions",
    "members": "consumers",
    "rate": "records a second",
    "records": "records",
    "batch": "records",
}  # the others are ms


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    partitions: int = 6
    members: int = 2  # that are there at the start
    rate: int = 100  # records a second, over all partitions
    records: int = 0  # 0: without end
    protocol: Protocol = "range"
    commit: Commit = "auto"
    interval_ms: int = 5000  # auto.commit.interval.ms
    batch: int = 20  # records of one poll
    work_ms: int = 2  # that one record takes
    static: bool = False  # group.instance.id
    session_ms: int = 6000  # of the classic protocol; of the other one it is the broker's
    max_poll_ms: int = 300_000

    @property
    def classic(self) -> bool:
        return self.protocol != "consumer"

    @property
    def automatic(self) -> bool:
        return self.commit in ("auto", "handed")

    def query(self, base: Settings) -> str:
        """The words of an address: what differs from `base`."""
        return urlencode(differing(self, base))

    def client(self, group: str, name: str) -> dict[str, Any]:
        """The settings of one consumer, as librdkafka names them, without the way to the cluster."""
        settings: dict[str, Any] = {
            "group.id": group,
            "client.id": name,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": self.automatic,
            "enable.auto.offset.store": self.commit == "handed",
            "max.poll.interval.ms": self.max_poll_ms,
        }
        if self.automatic:
            settings["auto.commit.interval.ms"] = self.interval_ms
        if self.static:
            settings["group.instance.id"] = name
        if self.classic:
            settings |= {"partition.assignment.strategy": self.protocol, "session.timeout.ms": self.session_ms}
            settings["heartbeat.interval.ms"] = min(3000, self.session_ms // 3)
        else:
            settings["group.protocol"] = "consumer"
        return settings


LABELS = {
    "partitions": "Partitions",
    "members": "Consumers at the start",
    "rate": "Rate",
    "records": "Records in all",
    "protocol": "Protocol",
    "commit": "Commit",
    "interval_ms": "auto.commit.interval.ms",
    "batch": "Records of one poll",
    "work_ms": "Time to process a record",
    "static": "Static membership",
    "session_ms": "session.timeout.ms",
    "max_poll_ms": "max.poll.interval.ms",
}


def read(words: Mapping[str, str], base: Settings) -> tuple[Settings, dict[str, str]]:
    """What is not said is as in `base`; and for each field that cannot stay as it is typed, a sentence."""
    settings, names = typed(base, words, RANGES)
    wrong = {name: _wrong(name) for name in names}
    if not wrong and settings.classic and settings.max_poll_ms < settings.session_ms:
        wrong["max_poll_ms"] = "The client refuses a max.poll.interval.ms below its session.timeout.ms."
    return settings, wrong


def _wrong(name: str) -> str:
    if name in CHOICES:
        return f"{LABELS[name]}: one of {', '.join(CHOICES[name])}."
    least, most = RANGES[name]
    return f"{LABELS[name]}: from {least:,} to {most:,} {UNITS.get(name, 'ms')}."
