"""Set some of a topic's settings, and return others to the broker's default."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, Value, outcome_of
from changes.words import bytes_said, count, lasting
from gateway.errors import KafkaFault, Refused
from gateway.facts import ConfigEntry
from topics.changes.facts import id_now, topic_named, until
from topics.changes.risks import risks

if TYPE_CHECKING:
    from gateway.cluster import Cluster

DEFAULT = "the default"  # what a setting returns to is the broker's to say: it is read back afterwards


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    set: dict[str, str] = {}
    unset: list[str] = []


class AlterConfig(Kind[Params]):
    kind = "topics.alter_config"
    action = "topic.config"
    parameters = Params
    title = "Change settings"
    verb = "changed settings of"
    wish = "change settings of"
    form = "topics:alter_config"

    def target(self, params: Params) -> str:
        return params.topic

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        topic = topic_named(cluster, params.topic)
        entries = _entries(cluster, params.topic)
        for name in [*params.set, *params.unset]:
            if name not in entries:
                raise Refusal(f"{name} is not a setting of a topic.")
        if both := sorted(set(params.set) & set(params.unset)):
            raise Refusal(f"{both[0]} can't be set and returned to its default at once.")
        rows = [
            _row(entries[name], value)
            for name, value in sorted(params.set.items())
            if not (_own(entries[name]) and entries[name].value == value)
        ]
        rows += [_row(entries[name], None) for name in sorted(params.unset) if _own(entries[name])]
        if not rows:
            raise Refusal(f"{params.topic} has these settings already: there is nothing to change.")
        try:
            cluster.mutate.alter_topic_config(params.topic, _set(rows), _unset(rows), validate_only=True)
        except Refused as fault:
            raise Refusal(f"Kafka would not take it: {fault}") from fault
        first = rows[0]
        facts: Facts = {row.name: row.now for row in rows}
        return Plan(
            target=params.topic,
            summary=f"{first.name}: {_said(first.name, first.now)} → {_said(first.name, first.new)}"
            if len(rows) == 1
            else count(len(rows), "setting"),
            params=msgspec.to_builtins(params),
            rows=tuple(rows),
            warnings=tuple(risks(cluster, topic, entries, _set(rows))),
            rests_on=facts | {f"The id of {params.topic}": topic.id},
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        entries = _entries(cluster, plan.target)
        facts: Facts = {f"The id of {plan.target}": id_now(cluster, plan.target)}
        for row in plan.rows:
            facts[row.name] = entries[row.name].value if row.name in entries else None
        return facts

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        cluster.mutate.alter_topic_config(plan.target, _set(plan.rows), _unset(plan.rows))
        return Outcome(tuple(outcome_of(row, None) for row in plan.rows))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        entries = until(
            lambda: _entries(cluster, plan.target), lambda seen: all(_as_wanted(seen.get(r.name), r) for r in plan.rows)
        )
        return Outcome(tuple(_seen(row, entries.get(row.name)) for row in plan.rows))

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        changed = {row.name for row in outcome.rows if row.state == "ok"}
        rows = [row for row in plan.rows if row.name in changed]
        return self.kind, {
            "topic": plan.target,
            "set": {row.name: str(row.now) for row in rows if row.facts.get("own")},
            "unset": [row.name for row in rows if not row.facts.get("own")],
        }

    def as_command(self, plan: Plan) -> str:
        added = ",".join(f"{k}=[{v}]" if "," in v else f"{k}={v}" for k, v in _set(plan.rows).items())
        removed = ",".join(_unset(plan.rows))
        return (
            f"kafka-configs.sh {plan.connect} --alter --entity-type topics --entity-name {shlex.quote(plan.target)}"
            + (f" --add-config {shlex.quote(added)}" if added else "")
            + (f" --delete-config {shlex.quote(removed)}" if removed else "")
        )


def _entries(cluster: Cluster, topic: str) -> dict[str, ConfigEntry]:
    answer = cluster.topics.config([topic])[topic]
    if isinstance(answer, KafkaFault):
        raise answer
    return {entry.name: entry for entry in answer}


def _own(entry: ConfigEntry) -> bool:
    """Set on the topic itself, and not inherited from a broker."""
    return entry.source == "dynamic-topic"


def _row(entry: ConfigEntry, new: str | None) -> PlanRow:
    """`own` says to what an undo goes back: a value of the topic, or the default."""
    return PlanRow(
        entry.name,
        entry.value,
        DEFAULT if new is None else new,
        note=f"{_words(entry, new)}now from {entry.source.replace('-', ' ')}",
        facts={"own": int(_own(entry)), "unset": int(new is None)},
    )


def _words(entry: ConfigEntry, new: str | None) -> str:
    """Durations and sizes as a person says them: "7 d → 3 d, "."""
    was, will = _said(entry.name, entry.value), _said(entry.name, new)
    return f"{was} → {will}, " if (was, will) != (entry.value, new) and new is not None else ""


def _said(name: str, value: Value) -> Value:
    try:
        number = int(value if value is not None else "")
    except ValueError:
        return value
    if name.endswith(".ms"):
        return lasting(number)
    return bytes_said(number) if name.endswith(".bytes") and number >= 0 else value


def _set(rows: Any) -> dict[str, str]:
    return {row.name: str(row.new) for row in rows if not row.facts.get("unset")}


def _unset(rows: Any) -> set[str]:
    return {row.name for row in rows if row.facts.get("unset")}


def _as_wanted(entry: ConfigEntry | None, row: PlanRow) -> bool:
    if entry is None:
        return False
    return not _own(entry) if row.facts.get("unset") else _own(entry) and entry.value == row.new


def _seen(row: PlanRow, entry: ConfigEntry | None) -> OutcomeRow:
    good = _as_wanted(entry, row)
    return OutcomeRow(row.name, row.now, row.new, entry.value if entry else None, "ok" if good else "failed")
