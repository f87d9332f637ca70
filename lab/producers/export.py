"""A setting as the properties of a program: Java, Python, Go. Pure."""

from __future__ import annotations

import math

from lab.producers.settings import Setting, backoff_max, client

LANGUAGES = ("java", "python", "go")
JAVA_IN_FLIGHT = 5  # of Java's default; more is refused with idempotence


def as_properties(setting: Setting, language: str) -> str:
    """To be pasted. What Java cannot have as it was run is rounded up, and a comment says so. Raises KeyError."""
    return {"java": _java, "python": _python, "go": _go}[language](setting)


def _java(setting: Setting) -> str:
    lines = {
        "acks": setting.acks,
        "enable.idempotence": str(setting.idempotence).lower(),
        "max.in.flight.requests.per.connection": min(
            setting.in_flight, JAVA_IN_FLIGHT if setting.idempotence else 1_000_000
        ),
        "retries": setting.retries,
        "retry.backoff.ms": setting.backoff_ms,
        "retry.backoff.max.ms": backoff_max(setting),
        "linger.ms": math.ceil(setting.linger_ms),
        "batch.size": setting.batch_size,
        "compression.type": setting.codec,
    }
    if setting.level is not None:
        lines[f"compression.{setting.codec}.level"] = setting.level
    whole = setting.linger_ms == int(setting.linger_ms)
    said = "" if whole else f"# linger.ms was {setting.linger_ms:g}; Java takes whole milliseconds\n"
    return said + "".join(f"{key}={value}\n" for key, value in lines.items())


def _python(setting: Setting) -> str:
    lines = "".join(f"    {key!r}: {value!r},\n" for key, value in client(setting).items()).replace("'", '"')
    return f'producer = Producer({{\n    "bootstrap.servers": "...",\n{lines}}})\n'


def _go(setting: Setting) -> str:
    def literal(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        # A number with a point has to be quoted: confluent-kafka-go takes bool, int and string (its ConfigMap).
        return str(value) if isinstance(value, int) else f'"{value}"'

    lines = "".join(f'\t"{key}": {literal(value)},\n' for key, value in client(setting).items())
    return f'producer, err := kafka.NewProducer(&kafka.ConfigMap{{\n\t"bootstrap.servers": "...",\n{lines}}})\n'
