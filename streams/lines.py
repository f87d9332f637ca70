"""One log line from the bytes of its record, and what is added to it. Pure.

`{"service", "level", "message", "timestamp"?, "trace_id"?, ...}`: everything else is kept as it came, as fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streams.reading import Malformed, a_name, a_name_or_none, a_time, an_object, said

LARGEST = 1024 * 1024  # bytes of one line
FIELDS = 50  # of one line, besides our own
SEVERITY = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}  # OpenTelemetry's numbers
ALIASES = {"WARNING": "WARN", "ERR": "ERROR", "CRITICAL": "FATAL", "NOTICE": "INFO", "INFORMATION": "INFO"}
_TRACE = re.compile(r"\b(?:trace[_-]?id[=: ]+)?([0-9a-f]{32})\b")
_OWN = ("service", "level", "message", "timestamp", "trace_id")


@dataclass(frozen=True, slots=True)
class Line:
    service: str
    level: str
    message: str
    ts: int  # ms
    trace: str  # "" where it has none
    fields: dict[str, Any]
    corrected: bool = False

    @property
    def severity(self) -> int:
        return SEVERITY[self.level]

    @property
    def is_error(self) -> bool:
        return self.severity >= SEVERITY["ERROR"]


def parse(value: bytes | None, recorded: int) -> Line:
    """`recorded`: the record's timestamp (ms). Raises Malformed."""
    data = an_object(value, LARGEST)
    level = data.get("level", "INFO")
    name = ALIASES.get(str(level).upper(), str(level).upper())
    if name not in SEVERITY:
        raise Malformed("level_unknown", f"level is {said(level)}, not one of {', '.join(SEVERITY)}")
    message = data.get("message")
    if message is None:
        raise Malformed("message_missing", "message is missing")
    if not isinstance(message, str):
        raise Malformed("message_not_text", f"message is {said(message)}, not text")
    ts, corrected = a_time(data.get("timestamp"), "timestamp", recorded)
    trace = a_name_or_none(data, "trace_id") or _in_text(message)
    fields = {name: found for name, found in list(data.items())[: FIELDS + len(_OWN)] if name not in _OWN}
    return Line(a_name(data, "service"), name, message, ts, trace, fields, corrected)


def enriched(line: Line, owners: dict[str, str]) -> dict[str, Any]:
    """As it is indexed. `owners`: the team by service."""
    found = {
        "@timestamp": datetime.fromtimestamp(line.ts / 1000, UTC).isoformat(timespec="milliseconds"),
        "service": line.service,
        "owner": owners.get(line.service, ""),
        "level": line.level,
        "severity": line.severity,
        "message": line.message,
        "trace_id": line.trace,
        "fields": line.fields,
    }
    return found | ({"clock_corrected": True} if line.corrected else {})


def _in_text(message: str) -> str:
    found = _TRACE.search(message[:4000])
    return found.group(1) if found else ""
