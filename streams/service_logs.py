"""`service-logs` -> `logs-enriched`, `logs-per-minute`, `log-anomalies`; what can't be read -> `service-logs-dlq`.

`python -m streams.service_logs --bootstrap host:port --state folder`. More processes of it share the partitions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quixstreams import Application, message_context

from streams import rules
from streams.engine import application, arguments, outputs, produce, repartitioned, room, source
from streams.lines import SEVERITY, Line, enriched, parse
from streams.reading import Malformed
from streams.rules import Rule
from streams.watching import counted, watched
from streams.written import Told, told

SOURCE, GROUP = "service-logs", "service-logs-processing"
DEAD, ENRICHED, BY_SERVICE = f"{SOURCE}-dlq", "logs-enriched", repartitioned(GROUP, SOURCE, "service")
COUNTED, WATCHED = "logs-per-minute", "log-anomalies"


def wire(app: Application, partitions: int, least: str, rules: Sequence[Rule], owners: dict[str, str]) -> None:
    """`least`: lines below this level are dropped, as are those that a rule says; `owners`: the team by service."""
    lines = source(app, SOURCE, partitions)
    topics = outputs(app, partitions, COUNTED, WATCHED, appended=[DEAD, ENRICHED, BY_SERVICE])
    most = room(app, ENRICHED)

    def read(value: bytes | None, key: Any, timestamp: int, headers: Any) -> list[Told]:
        try:
            line = parse(value, timestamp)
            if line.severity < SEVERITY[least] or any(drops(line) for drops in rules):
                return []
            return [
                told(ENRICHED, line.service, enriched(line, owners), most),
                told(BY_SERVICE, line.service, _brief(line)),
            ]
        except Malformed as error:
            return [_dead(error)]

    produce(app.dataframe(lines).apply(read, metadata=True, expand=True), topics)
    produce(app.dataframe(topics[BY_SERVICE]).apply(_summed, metadata=True, stateful=True, expand=True), topics)


def _dead(error: Malformed) -> Told:
    context = message_context()
    place = {"partition": context.partition, "offset": context.offset}
    key = f"{context.partition}@{context.offset}"
    return told(DEAD, key, place | {"code": error.code, "reason": str(error), "key": key})


def _brief(line: Line) -> dict[str, Any]:
    example = line.message[:300] if line.is_error else ""
    return {"service": line.service, "level": line.level, "error": line.is_error, "ts": line.ts, "message": example}


def _summed(line: dict[str, Any], key: str, timestamp: int, headers: Any, state: Any) -> list[Told]:
    found = [(COUNTED, *counted(state, line["service"], line["level"], line["ts"]))]
    for id, value in watched(state, key, line["error"], line["message"], line["ts"], timestamp):
        found.append((WATCHED, id, value))
    return [told(to, id, value | {"key": id}) for to, id, value in found]


def _rules(path: str) -> list[Rule]:
    try:
        return rules.read(Path(path))
    except (rules.BadRules, OSError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _owners(path: str) -> dict[str, str]:
    found = json.loads(Path(path).read_text())
    if not isinstance(found, dict) or not all(isinstance(owner, str) for owner in found.values()):
        raise argparse.ArgumentTypeError(f"{path} is not a JSON object of service: owner")
    return found


def main() -> None:
    parser = arguments("service_logs")
    parser.add_argument("--least", default="INFO", choices=list(SEVERITY), help="lines below this level are dropped")
    parser.add_argument("--rules", type=_rules, default=[], help="a JSON file: which lines are dropped, see rules.py")
    parser.add_argument("--owners", type=_owners, default={}, help="a JSON file: the team by service")
    asked = parser.parse_args()
    app = application(GROUP, asked)
    wire(app, asked.partitions, asked.least, asked.rules, asked.owners)
    app.run()


if __name__ == "__main__":
    main()
