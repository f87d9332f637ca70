"""Make a group that stands at chosen offsets before its first consumer joins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Figure, Outcome, Plan, Refusal
from changes.words import count
from groups.changes import reset_command
from groups.changes.facts import group_named
from groups.changes.reset_offsets import ResetOffsets
from groups.changes.reset_params import Params

if TYPE_CHECKING:
    from gateway.cluster import Cluster

LONGEST = 255
THERE = "The group"
SAID = (
    "Consumers that join under this name start at these offsets. Partitions that are not listed start where the "
    "consumer's own auto.offset.reset says.",
    "Until somebody joins or commits, Kafka forgets the group after offsets.retention.minutes (7 days by default).",
)


class CreateGroup(ResetOffsets):
    kind = "groups.create_group"
    title = "Create group"
    verb = "created group"
    wish = "create group"
    form = "groups:create"
    template = "groups/_offsets_plan.html"
    way_back = "It can be deleted again as long as nobody has committed for it."

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        _good(params.group)
        if group_named(cluster, params.group) is not None:
            raise Refusal(f"There is a group {params.group} already. Reset its offsets in place of this.")
        if params.to in ("shift", "current"):
            raise Refusal("A new group stands nowhere yet: there is nothing to start from.")
        plan = super().plan(cluster, msgspec.structs.replace(params, create=True))
        standing = [row for row in plan.changing if not row.facts.get("left_out")]
        ahead = sum(max(0, int(row.facts["end"] or 0) - int(row.new or 0)) for row in standing)
        where = plan.figures[0]
        return msgspec.structs.replace(
            plan,
            summary=f"{count(len(standing), 'partition')} {where.value}, {ahead:,} to read",
            rows=tuple(row if row.warn else msgspec.structs.replace(row, note=row.effect) for row in plan.rows),
            figures=(where, Figure(f"{ahead:,}", "records to read from there"), plan.figures[-1]),
            warnings=(*plan.warnings, *SAID),
            button=f"Create it at {count(len(standing), 'partition')}",
            rests_on={**plan.rests_on, THERE: None},
            facts={**plan.facts, "kafka_id": cluster.brokers.info().cluster_id},  # where uncreate_group may act
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        group = group_named(cluster, plan.target)
        return {**super().rests_on(cluster, plan), THERE: group.state if group is not None else None}

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        """As long as nobody has committed for it."""
        return "groups.uncreate_group", {"group": plan.target}

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        return None  # the group is there by now: the rest is a reset

    def as_command(self, plan: Plan) -> str:
        """The tool makes a group by resetting it; through a file, so that it stands where this plan says."""
        return reset_command.line(msgspec.structs.replace(plan, params={"group": plan.target, "to": "file"}))


def _good(name: str) -> None:
    """Kafka takes any text. What nobody could type again, or tell from another name, is refused."""
    if not name.strip():
        raise Refusal("Give the group a name.")
    if name != name.strip() or not name.isprintable():
        raise Refusal("The name of a new group has no spaces around it and nothing that can't be seen.")
    if len(name.encode()) > LONGEST:
        raise Refusal(f"The name of a new group has at most {LONGEST} bytes.")
