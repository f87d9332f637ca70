"""What an experiment is set to: from the words of an address or a form, to the settings of a client. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlencode

PROTOCOLS = {
    "range": "classic, range",
    "roundrobin": "classic, roundrobin",
    "cooperative-sticky": "classic, cooperative-sticky",
    "consumer": "consumer (KIP-848)",
}
COMMITS = {
    "auto": "auto commit of what was processed",
    "handed": "auto commit of what was handed out",
    "before": "by hand, before processing",
    "after": "by hand, after processing",
}
MEMBERS = 8  # at once: each is a process of some 40 MB
NAMES = tuple("ABCDEFGH")


@dataclass(frozen=True, slots=True)
class Bounds:
    least: int
    most: int
    unit: str


BOUNDS = {
    "partitions": Bounds(1, 24, "partitions"),
    "members": Bounds(0, MEMBERS, "consumers"),
    "rate": Bounds(1, 1000, "records a second"),
    "records": Bounds(0, 100_000, "records"),
    "interval_ms": Bounds(100, 60_000, "ms"),
    "batch": Bounds(1, 500, "records"),
    "work_ms": Bounds(0, 10_000, "ms"),
    "session_ms": Bounds(6000, 60_000, "ms"),
    "max_poll_ms": Bounds(6000, 600_000, "ms"),
}


class BadSettings(ValueError):
    """`wrong`: a sentence for each field that cannot stay as it is."""

    def __init__(self, wrong: dict[str, str]) -> None:
        super().__init__(" ".join(wrong.values()))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Settings:
    partitions: int = 6
    members: int = 2  # that are there at the start
    rate: int = 100  # records a second, over all partitions
    records: int = 0  # 0: without end
    protocol: str = "range"
    commit: str = "auto"
    interval_ms: int = 5000  # auto.commit.interval.ms
    batch: int = 20  # records of one poll
    work_ms: int = 2  # that one record takes
    static: bool = False  # group.instance.id
    session_ms: int = 6000  # of the classic protocol; of the other one it is the broker's
    max_poll_ms: int = 300_000

    @classmethod
    def of(cls, words: Mapping[str, str], base: Settings | None = None) -> Settings:
        """What is not said is as in `base`. Raises BadSettings."""
        given, wrong = asdict(base or cls()), dict[str, str]()
        for name, bounds in BOUNDS.items():
            said = str(words.get(name, given[name])).strip()
            value = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else -1
            if not bounds.least <= value <= bounds.most:
                wrong[name] = f"{LABELS[name]}: from {bounds.least:,} to {bounds.most:,} {bounds.unit}."
            given[name] = value
        for name, choices in (("protocol", PROTOCOLS), ("commit", COMMITS)):
            given[name] = words.get(name, given[name])
            if given[name] not in choices:
                wrong[name] = f"{LABELS[name]}: one of {', '.join(choices)}."
        if "static" in words:
            given["static"] = words["static"] == "1"
        made = cls(**given)
        if not wrong and made.classic and made.max_poll_ms < made.session_ms:
            wrong["max_poll_ms"] = "The client refuses a max.poll.interval.ms below its session.timeout.ms."
        if wrong:
            raise BadSettings(wrong)
        return made

    @property
    def classic(self) -> bool:
        return self.protocol != "consumer"

    @property
    def automatic(self) -> bool:
        return self.commit in ("auto", "handed")

    def query(self, base: Settings) -> str:
        """The words of an address: what differs from `base`."""
        return urlencode(
            {
                f.name: int(value) if isinstance(value, bool) else value
                for f in fields(self)
                if (value := getattr(self, f.name)) != getattr(base, f.name)
            }
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

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
