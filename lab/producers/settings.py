"""What may be chosen for a producer, what it means, what two clients do by default, and what cannot be. Pure.

Ranges and refusals are those of librdkafka 2.x, tried key by key; Java's of the client of Kafka 4.3.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Acks = Literal["0", "1", "all"]
Codec = Literal["none", "gzip", "snappy", "lz4", "zstd"]
Shape = Literal["json", "text", "random"]

LEVELS: dict[str, tuple[int, int]] = {
    "gzip": (1, 9),
    "lz4": (1, 12),
    "zstd": (1, 12),
}  # of librdkafka
MOST_SIZE = 900_000  # bytes of a record: below what a broker takes by default


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One producer. The defaults are librdkafka's; the last four are about the records, not the client."""

    acks: Acks = "all"
    idempotence: bool = False
    in_flight: int = 1_000_000
    retries: int = 2_147_483_647
    backoff_ms: int = 100
    linger_ms: float = 5.0
    batch_size: int = 1_000_000
    codec: Codec = "none"
    level: int | None = None
    size: int = 200
    shape: Shape = "json"
    rate: int = 0
    skew: bool = False


class Field(msgspec.Struct, frozen=True):
    name: str  # in Setting and in the form
    key: str  # in the client's properties; "" for what is about the records
    says: str
    librdkafka: str = ""
    java: str = ""


FIELDS = (
    Field(
        "acks",
        "acks",
        "Who must have a record before it counts as sent: nobody, the leader, all in-sync replicas.",
        "all",
        "all",
    ),
    Field(
        "idempotence",
        "enable.idempotence",
        "The broker drops what a retry sends twice and keeps the order. Wants acks=all, at most 5 requests in flight.",
        "false",
        "true (false before 3.0)",
    ),
    Field(
        "in_flight",
        "max.in.flight.requests.per.connection",
        "Requests sent before the first is answered. More than 1 without idempotence may change the order on a retry.",
        "1000000",
        "5",
    ),
    Field(
        "retries",
        "retries",
        "How often a request that failed is sent again, within delivery.timeout.ms (librdkafka 300 s, Java 120 s).",
        "2147483647",
        "2147483647",
    ),
    Field(
        "backoff_ms",
        "retry.backoff.ms",
        "The wait before the first retry. It doubles with each, up to retry.backoff.max.ms: 1 s, or this if more.",
        "100",
        "100",
    ),
    Field(
        "linger_ms",
        "linger.ms",
        "How long a record waits for others to fill its batch: fewer requests, better compression, later.",
        "5",
        "5 (0 before 4.0)",
    ),
    Field(
        "batch_size",
        "batch.size",
        "The most bytes of one batch, before compression. librdkafka also ends one at 10,000 records.",
        "1000000",
        "16384",
    ),
    Field(
        "codec",
        "compression.type",
        "How the client packs a batch. Brokers keep it so unless the topic says otherwise; consumers unpack it.",
        "none",
        "none",
    ),
    Field("level", "compression.level", "How hard it tries. Empty, or -1, is the codec's own.", "-1", "by codec"),
    Field("size", "", "Bytes of a value."),
    Field("shape", "", "JSON of a shop's event, words, or bytes that no codec makes smaller."),
    Field("rate", "", "Records a second. 0 is as many as the client takes."),
    Field("skew", "", "Half of all records carry one key, so one partition gets more than the others."),
)

RANGES: dict[str, tuple[float, float]] = {
    "in_flight": (1, 1_000_000),
    "retries": (0, 2_147_483_647),
    "backoff_ms": (1, 300_000),
    "linger_ms": (0, 60_000),
    "batch_size": (1, 1_000_000),  # message.max.bytes ends a batch there, in the client and (nearly) in a broker
    "size": (16, MOST_SIZE),
    "rate": (0, 500_000),
}


def problems(setting: Setting) -> list[str]:
    """Why this cannot be run, a sentence each: what librdkafka or a broker would refuse, or what would mean nothing."""
    found = []
    for name, (low, high) in RANGES.items():
        if not low <= getattr(setting, name) <= high:
            found.append(f"{_label(name)} is {low:,.0f} to {high:,.0f}.")
    if setting.idempotence:
        if setting.acks != "all":
            found.append(
                f"Idempotence wants acks=all: acks={setting.acks} does not wait until a record is safe from a retry."
            )
        if 5 < setting.in_flight < 1_000_000:
            found.append(
                "Idempotence allows at most 5 requests in flight: the broker remembers five batches of a producer."
            )
        if setting.retries == 0:
            found.append("Idempotence without retries is nothing: it is the retry that doubles a record.")
    if setting.level is not None:
        low, high = LEVELS.get(setting.codec, (0, 0))
        if not high:
            found.append(f"{setting.codec} has no level.")
        elif not low <= setting.level <= high:
            found.append(f"{setting.codec} has the levels {low} to {high}.")
    return found


def client(setting: Setting) -> dict[str, Any]:
    """For confluent_kafka.Producer. What is left at librdkafka's own is left out, as a program would."""
    chosen: dict[str, Any] = {"acks": setting.acks, "enable.idempotence": setting.idempotence}
    if setting.in_flight != Setting().in_flight:
        chosen["max.in.flight.requests.per.connection"] = setting.in_flight
    if setting.retries != Setting().retries:
        chosen["retries"] = setting.retries
    linger = int(setting.linger_ms) if setting.linger_ms == int(setting.linger_ms) else setting.linger_ms
    chosen |= {"retry.backoff.ms": setting.backoff_ms, "linger.ms": linger, "batch.size": setting.batch_size}
    chosen |= {"retry.backoff.max.ms": backoff_max(setting), "compression.type": setting.codec}
    if setting.level is not None:
        chosen["compression.level"] = setting.level
    return chosen


def backoff_max(setting: Setting) -> int:
    """ms. Both clients cap the wait at 1,000 unless told otherwise, also where the first is longer."""
    return max(1000, setting.backoff_ms)


def named(setting: Setting, beside: list[Setting]) -> str:
    """What sets it apart from the others, as one writes it: `acks=1, lz4`. The same as all others: "defaults"."""
    mine = msgspec.to_builtins(setting)
    others = [msgspec.to_builtins(other) for other in beside]
    said = [_said(name, mine[name]) for name in mine if any(other[name] != mine[name] for other in others)]
    return ", ".join(said) or "the same"


def _said(name: str, value: Any) -> str:
    match name, value:
        case "codec", _:
            return "no compression" if value == "none" else str(value)
        case "idempotence", _:
            return "idempotent" if value else "not idempotent"
        case "skew", _:
            return "skewed keys" if value else "even keys"
        case "rate", 0:
            return "no limit of rate"
        case "rate", _:
            return f"{value:,} records/s"
        case "level", None:
            return "its own level"
        case "size", _:
            return f"{value:,} bytes"
        case "shape", _:
            return str(value)
    return f"{_label(name)}={value:g}" if isinstance(value, float) else f"{_label(name)}={value}"


def _label(name: str) -> str:
    return next((field.key or field.name for field in FIELDS if field.name == name), name)
