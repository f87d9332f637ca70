"""Takes a group back that was created here: whoever may create one may, as long as nobody has used it.

It deletes a group and yet asks for less than the right to delete any: the group must be one that a change created, on
this very cluster, and stand exactly where that change put it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from changes.kind import Plan, Refusal
from changes.models import Change
from changes.queries import APPLIED
from groups.changes.delete_group import DeleteGroup, Params

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class UncreateGroup(DeleteGroup):
    kind = "groups.uncreate_group"
    action = "group.reset"
    title = "Take back new group"
    verb = "took back group"
    wish = "take back group"
    form = "groups:create"

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        plan = super().plan(cluster, params)
        made = _made(cluster, params.group)
        if made is None:
            raise Refusal(f"{params.group} was not created here, so this needs the right to delete groups.")
        if {row.name: row.now for row in plan.rows} != made:
            said = "It is used by now: it does not stand where it was created."
            raise Refusal(f"{said} Delete it from its own page if you mean to.")
        # Not armed either: whoever is in commits sooner or later, and then there is nothing to wait for.
        return msgspec.structs.replace(plan, button="Take it back", rule="")


def _made(cluster: Cluster, group: str) -> dict[str, object] | None:
    """Partition -> offset, as the newest creation of the group put it. Raises KafkaFault."""
    mine = Change.objects.filter(kind="groups.create_group", target=group, state__in=APPLIED)
    made = mine.filter(plan__facts__kafka_id=cluster.brokers.info().cluster_id).first()
    outcome = made.result if made is not None else None
    return {row.name: row.wanted for row in outcome.rows if row.state == "ok"} if outcome is not None else None
