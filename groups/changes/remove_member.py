"""Makes a group forget one of its members, for a process that hangs or is gone and still holds its partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Figure, Kind, Outcome, OutcomeRow, Plan, PlanRow, Refusal, outcome_of
from changes.words import count
from gateway.errors import KafkaFault, UnknownGroup, UnknownMember
from gateway.facts import Group, Member, TopicPartition
from groups.changes.facts import group_as_it_is, offsets_of

if TYPE_CHECKING:
    from gateway.cluster import Cluster


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: str
    member: str  # its id


class RemoveMember(Kind[Params]):
    kind = "groups.remove_member"
    action = "group.members"
    parameters = Params
    title = "Remove member"
    verb = "removed a member of"
    wish = "remove a member of"
    form = "groups:members"

    def target(self, params: Params) -> str:
        return params.group

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        group = group_as_it_is(cluster, params.group)
        if group is None:
            raise Refusal(f"There is no group {params.group}.")
        if group.kind in ("share", "streams"):
            raise Refusal(f"Kafka has no request that removes a member of a {group.kind} group: stop its process.")
        member = _member(group, params.member)
        if member is None:
            raise Refusal("The group has no such member any more: it has left, or joined again under another id.")
        owned = _owned(member)
        lags = _lags(cluster, params.group, owned)
        others = len(group.members) - 1
        goes_to = "another member" if others else "nobody"
        rows = tuple(
            PlanRow(str(tp), _who(member), goes_to, note="lag not known" if lag is None else f"{lag:,} unread")
            for tp, lag in lags.items()
        )
        known = [lag for lag in lags.values() if lag is not None]
        return Plan(
            target=params.group,
            summary=f"{_who(member)} leaves, {count(len(owned), 'partition')} to hand on",
            params=msgspec.to_builtins(params),
            rows=_with_traces(
                rows or (PlanRow("the member", _who(member), None, note="It owns nothing."),), group, member
            ),
            figures=(
                Figure(
                    _who(member),
                    f"static member, {member.client_id} on {member.host}" if member.instance_id else "dynamic member",
                ),
                Figure(f"{len(owned):,}", "partitions change hands", warn=bool(owned)),
                Figure(f"{sum(known):,}" if known else "—", "records unread on them"),
                Figure(f"{others:,}", "members stay", warn=not others),
            ),
            warnings=tuple(_warnings(group, member, others)),
            button=f"Remove {_who(member)}",
            no_undo="Kafka has no request that puts a member into a group: its process joins again, or it does not.",
            rests_on=_facts(group, member),
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        group = group_as_it_is(cluster, plan.target)
        member = _member(group, str(plan.params["member"]))
        return _facts(group, member) if group is not None and member is not None else {}

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        member = _member(group_as_it_is(cluster, plan.target), str(plan.params["member"]))
        try:
            if member is None:
                raise UnknownMember()
            cluster.mutate.remove_member(plan.target, member.id, member.instance_id)
        except (UnknownMember, UnknownGroup):
            raise Refusal("The member has just left by itself. Nothing was changed.") from None
        return Outcome(tuple(outcome_of(row, None) for row in plan.changing))

    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        group = group_as_it_is(cluster, plan.target)
        left = _member(group, str(plan.params["member"]))
        owners = {str(tp): _who(member) for tp, member in group.owners().items()} if group else {}
        acknowledged = applied is not None and all(row.state == "ok" for row in applied.rows)
        state, why = ("ok", "") if left is None else _still_there(left, plan, acknowledged)
        rows = [OutcomeRow(r.name, r.now, r.new, owners.get(r.name, "nobody yet"), state, why) for r in plan.changing]
        return Outcome(tuple(rows), note=_came_back(group, plan) if state == "ok" else "")

    def later(self, cluster: Cluster, plan: Plan, outcome: Outcome) -> str:
        group = group_as_it_is(cluster, plan.target)
        said = _came_back(group, plan)
        return "" if said == outcome.note else said

    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        return None

    def as_command(self, plan: Plan) -> str:
        return ""  # Kafka's shell tools have none: AdminClient.removeMembersFromConsumerGroup


def _member(group: Group | None, member: str) -> Member | None:
    return next((m for m in group.members if m.id == member), None) if group is not None else None


def _who(member: Member) -> str:
    return member.instance_id or f"{member.client_id or member.id} on {member.host}"


def _with_traces(rows: tuple[PlanRow, ...], group: Group, member: Member) -> tuple[PlanRow, ...]:
    """What tells afterwards whether the same process has joined again, under whatever id."""
    fellows = sum(_alike(m, member.client_id, member.host) for m in group.members) - 1
    traces: Facts = {
        "instance": member.instance_id,
        "client": member.client_id,
        "host": member.host,
        "fellows": fellows,
        "epoch": member.epoch,
    }
    return (msgspec.structs.replace(rows[0], facts=traces), *rows[1:])


def _still_there(member: Member, plan: Plan, acknowledged: bool) -> tuple[str, str]:
    """What it means that the id is in the group: a process comes back under the same id in a KIP-848 group, with a
    later epoch, and under a new one in a classic group."""
    epoch = plan.rows[0].facts["epoch"]
    if member.epoch is None or member.epoch == epoch:
        return "failed", "the member is still in the group"
    if acknowledged:
        return "ok", ""
    return "unknown", "it may have been removed and have joined again, or have been there all the time"


def _alike(member: Member, client_id: object, host: object) -> bool:
    return (member.client_id, member.host) == (client_id, host)


def _came_back(group: Group | None, plan: Plan) -> str:
    """A sentence when a process like the removed one is in the group again."""
    traces = plan.rows[0].facts
    instance = traces["instance"]
    members = group.members if group is not None else ()
    if instance:
        again = [m for m in members if m.instance_id == instance]
        return f"{instance} is in the group again, as {again[-1].id}." if again else ""
    alike = [m for m in members if _alike(m, traces["client"], traces["host"])]
    if len(alike) <= int(traces["fellows"] or 0):
        return ""
    return f"{traces['client']} on {traces['host']} is in the group again: the member is gone, its process lives."


def _owned(member: Member) -> list[TopicPartition]:
    return sorted(TopicPartition(topic, p) for topic, ids in member.assignment.items() for p in ids)


def _lags(cluster: Cluster, group: str, owned: list[TopicPartition]) -> dict[TopicPartition, int | None]:
    committed, ends = offsets_of(cluster, group), cluster.offsets.ends(owned)
    lags: dict[TopicPartition, int | None] = {}
    for tp in owned:
        end, at = ends.get(tp), committed.get(tp)
        known = at is not None and end is not None and not isinstance(end, KafkaFault)
        lags[tp] = max(0, end - at.offset) if known else None  # type: ignore[operator, union-attr]
    return lags


def _facts(group: Group, member: Member) -> Facts:
    """That it is there, with the same partitions."""
    owned = ", ".join(map(str, _owned(member))) or "nothing"
    return {f"What {_who(member)} owns": owned}


def _warnings(group: Group, member: Member, others: int) -> list[str]:
    said = []
    if member.instance_id:
        said.append(
            f"{member.instance_id} is a static member: its partitions are handed on at once, not only when its session "
            "ends. If its process lives, it is told, and stops or joins again."
        )
    else:
        said.append(
            "It is a dynamic member. If its process lives, it joins again within seconds, and the group rebalances "
            "twice: stop the process first if it is to stay away."
        )
    stops = "all members stop reading for a moment" if group.kind == "classic" else "what moves is not read meanwhile"
    said.append(f"The group rebalances: {stops}. Records that were read and not committed are read again.")
    if not others:
        said.append("It is the only member: nobody reads until one joins.")
    return said
