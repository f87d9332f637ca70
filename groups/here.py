"""From a record to the groups that could be set to it: the way from a topic's page into a reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from access.guard import requires
from access.policy import allow, visible
from clusters.health import known
from gateway import reset
from gateway.facts import TopicPartition
from groups.changes.reset_rows import effect
from live import snapshots
from live.snapshot import GroupState, PartitionState, Snapshot


@dataclass(frozen=True, slots=True)
class Candidate:
    group: GroupState
    committed: int | None
    effect: str  # "replays 43,192", or "" while the log's ends are not known
    url: str  # the form, filled in


@requires("group.view")
@require_GET
def here(request: HttpRequest, cluster: str, topic: str, partition: int, offset: int) -> HttpResponse:
    """`?group=` leads on to the form of a group that reads something else so far."""
    snapshot, log = _place(request, topic, partition, offset)
    may_reset = visible(request.user, "group.reset", request.cluster)
    asked, error = request.GET.get("group", "").strip()[:500], ""
    if asked and snapshot is not None and asked in snapshot.groups and may_reset(asked):
        return redirect(form_url(request, asked, topic, partition, offset))
    if asked:
        error = f"There is no group {asked} here that you may reset."

    def link(group: str) -> str:
        return form_url(request, group, topic, partition, offset)

    context = {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "end": log.end if log else None,
        "candidates": candidates(snapshot, log, topic, partition, offset, may_reset, link),
        "may_reset": allow(request.user, "group.reset", request.cluster),
        "asked": asked,
        "error": error,
    }
    return render(request, "groups/here.html", context, status=422 if error else 200)


def form_url(request: HttpRequest, group: str, topic: str, partition: int, offset: int) -> str:
    """The form of a reset of this one partition to this offset."""
    filled = urlencode({"to": "offset", "offset": offset, "partition": f"{topic}:{partition}"})
    return f"{reverse('groups:reset', args=[request.cluster.slug, group])}?{filled}"


def candidates(
    snapshot: Snapshot | None,
    log: PartitionState | None,
    topic: str,
    partition: int,
    offset: int,
    may_reset: Callable[[str], bool],
    link: Callable[[str], str],
) -> list[Candidate]:
    """Groups that read the topic, those nearest to the record first."""
    found = []
    for group in snapshot.groups.values() if snapshot else ():
        mine = {o.partition: o.committed for o in group.offsets if o.topic == topic}
        if not mine or group.kind in ("share", "streams") or not may_reset(group.group):
            continue
        now = mine.get(partition)
        found.append(Candidate(group, now, _effect(log, topic, now, offset), link(group.group)))
    return sorted(found, key=lambda c: (c.committed is None, abs((c.committed or 0) - offset), c.group.group))


def _place(
    request: HttpRequest, topic: str, partition: int, offset: int
) -> tuple[Snapshot | None, PartitionState | None]:
    """Who may not see the topic learns nothing of it here either. Raises Http404."""
    if not allow(request.user, "topic.view", request.cluster, topic):
        raise Http404("No such name here, or it is hidden from you.")
    snapshot = known(snapshots.newest(request.cluster.pk))
    if snapshot is None:
        return None, None
    state = snapshot.topics.get(topic)
    log = next((p for p in state.partitions if p.id == partition), None) if state else None
    if log is None or offset >= 2**63:
        raise Http404(f"{topic} has no partition {partition}, or no such offset.")
    return snapshot, log


def _effect(log: PartitionState | None, topic: str, committed: int | None, offset: int) -> str:
    if log is None or log.start is None or log.end is None:
        return ""
    standing = reset.Standing(log.start, log.end, committed)
    (move,) = reset.plan("offset", offset, {TopicPartition(topic, log.id): standing})
    return effect(move, standing)
