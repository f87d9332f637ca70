"""Resetting a group: the form, the first records of a plan, and the start of a deletion."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from access.guard import requires
from access.policy import allow
from changes import service
from changes.errors import ChangeError
from changes.models import Change
from gateway.errors import KafkaFault
from groups import offset_pages
from groups.reset_form import WAYS, ResetForm
from live import reader_link, snapshots
from live.snapshot import GroupState
from reader.protocol import Peek, Rows

PEEKED = 100  # partitions of one topic whose first record is looked up


@dataclass(frozen=True, slots=True)
class Box:
    """One partition to tick."""

    topic: str
    partition: int
    committed: int | None
    start: int | None
    end: int | None
    ticked: bool

    @property
    def value(self) -> str:
        return f"{self.topic}:{self.partition}"

    @property
    def lag(self) -> int | None:
        return None if self.committed is None or self.end is None else max(0, self.end - self.committed)


@requires("group.reset", name="group")
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    state = _state(request, group)
    form, error = ResetForm(request.POST if request.method == "POST" else None), ""
    ticked = request.POST.getlist("partition")
    if request.method == "POST" and form.is_valid():
        if not ticked and not form.cleaned_data["topic"].strip():
            error = "Tick at least one partition."
        else:
            try:
                params = form.params(group, ticked)
                change = service.propose(request.user, request.cluster, "groups.reset_offsets", params)
            except ChangeError as refused:
                error = str(refused)
            else:
                if form.ambiguous:
                    messages.warning(request, form.ambiguous)
                return redirect(change)
    context = {
        "group": group,
        "form": form,
        "error": error,
        "ways": WAYS,
        "topics": _boxes(request, state, set(ticked) if request.method == "POST" else None),
        "members": len(state.members) if state else None,
        "pages": offset_pages.links(request, cluster, group, "Reset"),
    }
    return render(request, "groups/reset.html", context, status=422 if error or form.errors else 200)


@requires("group.view", name="group")
@require_GET
def first_records(request: HttpRequest, cluster: str, group: str, pk: UUID) -> HttpResponse:
    """JSON for the page of a plan: partition name -> {offset, timestamp, key, value} or {why}."""
    change = Change.objects.filter(pk=pk, cluster=request.cluster, target=group).first()
    plan = change.planned if change else None
    if plan is None:
        raise Http404("No such plan.")
    wanted: dict[str, dict[int, int]] = defaultdict(dict)
    for row in plan.rows:
        if isinstance(row.new, int) and "end" in row.facts and len(wanted[str(row.facts["topic"])]) < PEEKED:
            wanted[str(row.facts["topic"])][int(row.facts["partition"] or 0)] = row.new
    found: dict[str, dict[str, Any]] = {}
    for topic, offsets in wanted.items():
        found |= _first(request, topic, offsets)
    return JsonResponse(found)


@requires("group.delete", name="group")
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            return redirect(service.propose(request.user, request.cluster, "groups.delete_group", {"group": group}))
        except ChangeError as refused:
            error = str(refused)
    context = {
        "title": "Delete group",
        "name": group,
        "list_label": "Groups",
        "list_url": reverse("groups:list", args=[cluster]),
        "back": reverse("groups:group", args=[cluster, group]),
        "text": "The plan shows the offsets that would be forgotten and who is in the group. Nothing is deleted yet.",
        "error": error,
    }
    context |= {"group": group, "pages": offset_pages.links(request, cluster, group, "Delete group")}
    return render(request, "groups/delete.html", context, status=422 if error else 200)


def _state(request: HttpRequest, group: str) -> GroupState | None:
    """None while nothing is known of the cluster. Raises Http404 when the newest snapshot lacks the group."""
    snapshot = snapshots.newest(request.cluster.pk)
    state = snapshot.groups.get(group) if snapshot else None
    if snapshot is not None and state is None:
        said = f"There is no group “{group}” in {request.cluster.name}."
        raise Http404(f"{said} One made a moment ago shows up with the next poll.")
    return state


def _boxes(request: HttpRequest, state: GroupState | None, ticked: set[str] | None) -> dict[str, list[Box]]:
    """By topic. Before anything was chosen all partitions with a commit are ticked: the tool's --all-topics."""
    snapshot = snapshots.newest(request.cluster.pk)
    found: dict[str, list[Box]] = defaultdict(list)
    for offset in state.offsets if state and snapshot else ():
        topic = snapshot.topics.get(offset.topic) if snapshot else None
        log = next((p for p in topic.partitions if p.id == offset.partition), None) if topic else None
        on = offset.committed is not None if ticked is None else f"{offset.topic}:{offset.partition}" in ticked
        start, end = (log.start, log.end) if log else (None, None)
        found[offset.topic].append(Box(offset.topic, offset.partition, offset.committed, start, end, on))
    return dict(found)


def _first(request: HttpRequest, topic: str, offsets: dict[int, int]) -> dict[str, dict[str, Any]]:
    if not allow(request.user, "records.read", request.cluster, topic):
        return {f"{topic}-{p}": {"why": "your role may not read records"} for p in offsets}
    try:
        config = request.cluster.config()
        replies = reader_link.call(
            config, Peek(id=0, cluster=config.fingerprint, topic=topic, offsets=offsets), timeout=9
        )
    except (reader_link.ReadFailed, KafkaFault) as fault:
        return {f"{topic}-{p}": {"why": str(fault)} for p in offsets}
    rows = [row for reply in replies if isinstance(reply, Rows) for row in reply.rows]
    found: dict[str, dict[str, Any]] = {f"{topic}-{p}": {"why": "no record is there yet"} for p in offsets}
    for row in rows:
        found[f"{topic}-{row.partition}"] = {
            "offset": str(row.offset),
            "timestamp": row.timestamp,
            "key": row.key.text,
            "value": row.value.text[:200],
        }
    return found
