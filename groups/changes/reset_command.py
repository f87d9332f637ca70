"""The line of kafka-consumer-groups that does what a plan does."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from changes.kind import Plan, PlanRow
from gateway import durations
from groups.changes.facts import by_topic, partition_of
from groups.changes.reset_params import ONE_BY_ONE, Params, back, number


def line(plan: Plan) -> str:
    """Where each partition has an offset of its own, the offsets go through a file: the tool takes no other way."""
    params = msgspec.convert(plan.params, Params)
    tool = _tool(plan)
    rows = [row for row in plan.rows if not row.facts.get("left_out")]
    if params.to not in ONE_BY_ONE:
        return f"{tool} --reset-offsets {_scope(rows)} {_to(params, plan)} --execute"
    puts = [f"{partition_of(row).topic},{partition_of(row).partition},{row.new}" for row in rows if row.new is not None]
    takes = [row for row in rows if row.new is None]
    lines = [f"{tool} --delete-offsets {_scope(takes)}"] if takes else []
    if puts:
        lines += [f"printf '%s\\n' {' '.join(map(shlex.quote, puts))} > offsets.csv"]
        lines += [f"{tool} --reset-offsets --from-file offsets.csv --execute"]
    return "\n".join(lines)


def to_offset(plan: Plan, row: PlanRow) -> str:
    """The line that sets one partition."""
    return f"{_tool(plan)} --reset-offsets {_scope([row])} --to-offset {row.new} --execute"


def _tool(plan: Plan) -> str:
    return f"kafka-consumer-groups.sh {plan.connect} --group {shlex.quote(plan.target)}"


def _scope(rows: Iterable[PlanRow]) -> str:
    topics = by_topic(rows).items()
    return " ".join(f"--topic {shlex.quote(f'{topic}:' + ','.join(map(str, ids)))}" for topic, ids in topics)


def _to(params: Params, plan: Plan) -> str:
    match params.to:
        case "time":
            when = datetime.fromtimestamp(max(0, int(plan.facts["time"] or 0)) / 1000, UTC)
            return f"--to-datetime {when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"
        case "duration":
            return f"--by-duration {durations.iso(back(params))}"
        case "offset":
            return f"--to-offset {number(params)}"
        case "shift":
            return f"--shift-by {number(params)}"
        case way:
            return f"--to-{way}"
