"""`service-logs` -> `logs-enriched`, `logs-per-minute`, `log-anomalies`; what can't be read -> `service-logs-dlq`.

`python -m streams.service_logs --bootstrap host:port --state folder`. More processes of it share the partitions.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from quixstreams import Application, message_context
from quixstreams.models import TopicConfig

from streams.engine import application, arguments, upserts
from streams.lines import SEVERITY, Line, enriched, parse
from streams.reading import Malformed
from streams.watching import counted, watched

SOURCE = "service-logs"
Told = dict[str, Any]


def read(value: bytes | None, key: Any, timestamp: int, headers: Any) -> Line | Malformed:
    try:
        return parse(value, timestamp)
    except Malformed as error:
        return error


def wire(app: Application, partitions: int, least: str, owners: dict[str, str]) -> None:
    """`least`: lines below this level are dropped; `owners`: the team by service."""
    source = app.topic(SOURCE, value_deserializer="bytes", key_deserializer="bytes")
    lines = app.dataframe(source).apply(read, metadata=True)
    dead = app.topic(f"{SOURCE}-dlq", key_serializer="str", config=TopicConfig(partitions, 1))
    lines.filter(lambda line: isinstance(line, Malformed)).apply(_dead).to_topic(dead, key=lambda told: told["key"])
    good = lines.filter(lambda line: isinstance(line, Line) and line.severity >= SEVERITY[least])
    wanted = app.topic("logs-enriched", key_serializer="str", config=TopicConfig(partitions, 1))
    good.apply(lambda line: enriched(line, owners)).to_topic(wanted, key=lambda told: told["service"])

    def brief(line: Line) -> Told:
        example = line.message[:300] if line.is_error else ""
        return {"service": line.service, "level": line.level, "error": line.is_error, "ts": line.ts, "message": example}

    by_service = good.apply(brief).group_by("service", key_serializer="str", key_deserializer="str")
    sums = by_service.apply(_summed, stateful=True, expand=True)
    for name in ("logs-per-minute", "log-anomalies"):
        to = app.topic(name, key_serializer="str", config=upserts(partitions))
        sums.filter(lambda told, name=name: told["to"] == name).apply(lambda told: told["value"]).to_topic(
            to, key=lambda value: value["key"]
        )


def _dead(error: Malformed) -> Told:
    context = message_context()
    place = {"partition": context.partition, "offset": context.offset, "reason": str(error)}
    return place | {"key": f"{context.partition}@{context.offset}"}


def _summed(line: Told, state: Any) -> list[Told]:
    told = [("logs-per-minute", *counted(state, line["service"], line["level"], line["ts"]))]
    for key, value in watched(state, line["service"], line["error"], line["message"], line["ts"]):
        told.append(("log-anomalies", key, value))
    return [{"to": to, "value": value | {"key": key}} for to, key, value in told]


def _owners(path: str) -> dict[str, str]:
    found = json.loads(Path(path).read_text())
    if not isinstance(found, dict) or not all(isinstance(owner, str) for owner in found.values()):
        raise argparse.ArgumentTypeError(f"{path} is not a JSON object of service: owner")
    return found


def main() -> None:
    parser = arguments("service_logs")
    parser.add_argument("--least", default="INFO", choices=list(SEVERITY), help="lines below this level are dropped")
    parser.add_argument("--owners", type=_owners, default={}, help="a JSON file: the team by service")
    asked = parser.parse_args()
    app = application("service-logs-processing", asked)
    wire(app, asked.partitions, asked.least, asked.owners)
    app.run()


if __name__ == "__main__":
    main()
