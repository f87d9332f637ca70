"""A record that will be written, as a plan shows it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec

from changes.kind import PlanRow
from changes.words import bytes_said
from gateway.config import ClusterConfig
from gateway.facts import Outgoing
from records.changes.draft import Draft, Maker

SHOWN = 300  # characters of each part
FIRST = 3  # records


def samples(params: dict[str, Any], config: ClusterConfig) -> list[PlanRow]:
    """The first records of what a form asks for, made as they will be. Raises Refusal."""
    drafted = msgspec.convert({k: v for k, v in params.items() if k not in ("count", "rate", "fill")}, Draft)
    maker = Maker(drafted, config, fill=bool(params.get("fill")), seed=uuid4().hex)
    return [sample(number, maker.make(number)) for number in range(min(FIRST, params.get("count", 1)))]


def sample(number: int, record: Outgoing) -> PlanRow:
    """A row that changes nothing: its facts are what is shown."""
    return PlanRow(
        f"record {number}",
        None,
        None,
        facts={
            "number": number,
            "partition": record.partition,
            "key": shown(record.key),
            "value": shown(record.value),
            "headers": ", ".join(map(_header, record.headers))[:SHOWN],
            "timestamp": record.timestamp,
        },
    )


def _header(header: tuple[str, bytes | None]) -> str:
    name, value = header
    return f"{name}: {'null' if value is None else shown(value)}"


def shown(data: bytes | None) -> str | None:
    """Text where it is text, hex otherwise. None for null."""
    if data is None:
        return None
    try:
        text = data[: SHOWN * 4].decode()
        if text.isprintable() or all(c.isprintable() or c in "\t\r\n" for c in text):
            return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({bytes_said(len(data))})"
    except UnicodeDecodeError:
        pass
    return f"0x{data[: SHOWN // 2].hex()}{'…' if len(data) > SHOWN // 2 else ''} ({bytes_said(len(data))})"
