"""The list of groups and the pages of one group. All come from the newest snapshot: none of them asks Kafka."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from access.guard import requires, why_not
from access.policy import allow, visible
from clusters.csvfile import download
from clusters.health import known
from clusters.names import encode
from groups import frames, lane_rows, listing, queries, rows, verdicts
from groups.kinds import kind_of
from groups.lanes import NextOf, end_of_snapshot, not_looked_up
from groups.skip import skip_url
from live import snapshots
from live.hub import overlay
from live.overlay import Overlay
from live.snapshot import Finding, GroupState, Snapshot, Verdict


@requires("group.view")
def list_groups(request: HttpRequest, cluster: str) -> HttpResponse:
    """`?format=csv` is the whole filtered set; a request for rows `from` further down gets those rows alone."""
    asked = listing.Asked.of(request.GET)
    snapshot = known(snapshots.newest(request.cluster.pk))
    if snapshot is None:
        return render(request, "groups/list.html", {"asked": asked})
    may_see = visible(request.user, "group.view", request.cluster)
    if request.GET.get("format") == "csv":
        found, _ = listing.matching(snapshot, may_see, asked)
        return download(f"{cluster}-groups", listing.CSV_HEADER, map(listing.csv_row, found))
    more = asked.start and request.headers.get("HX-Request")
    page = listing.group_list(snapshot, may_see, asked)
    shown = [rows.html(row, request.path, later=bool(asked.start)) for row in page.rows]
    may_create, may_delete = (allow(request.user, f"group.{do}", request.cluster) for do in ("reset", "delete"))
    context = {"asked": asked, "page": page, "rows": shown, "may_create": may_create, "may_delete": may_delete}
    return render(request, "groups/_rows.html" if more else "groups/list.html", context)


@requires("group.view", name="group")
def now(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    context = head(request, cluster, group, "Now")
    page = None
    if context["state"]:
        newer, q, sort = overlay(request.cluster.pk), request.GET.get("q", "")[:500], request.GET.get("sort", "")
        end_of, next_of = (newer.end, _next_of(request, newer, group)) if newer else (end_of_snapshot, not_looked_up)
        page = queries.group_page(
            context["snapshot"], context["state"], q, sort, end_of=end_of, next_of=next_of, now=int(time.time() * 1000)
        )
    rows_of = [lane_rows.html(lane) for lane in page.rows] if page else []
    return render(request, "groups/now.html", context | {"page": page, "rows": rows_of})


@requires("group.view")
def of_topic(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """A fragment for the page of a topic. Who may not see the topic learns nothing of it here either."""
    if not allow(request.user, "topic.view", request.cluster, topic):
        raise Http404("No such name here, or it is hidden from you.")
    snapshot = known(snapshots.newest(request.cluster.pk))
    may_see = visible(request.user, "group.view", request.cluster)
    found = queries.readers(snapshot, topic, may_see) if snapshot else []
    return render(request, "groups/_of_topic.html", {"readers": found, "topic": topic})


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    current: bool = False
    why_not: str = ""  # the reason for which it cannot be followed


@dataclass(frozen=True, slots=True)
class Also:
    """What is true of a group beside its verdict."""

    label: str
    tone: str
    sentence: str
    next: str
    record_url: str
    skip_url: str


def head(request: HttpRequest, cluster: str, group: str, tab: str) -> dict[str, Any]:
    """{group, snapshot, state: GroupState | None, shape, tabs, record_url, skip_url, also,
    reset, delete, socket}. State is None while nothing is known of
    the cluster. Raises Http404 when the newest snapshot lacks the group."""
    snapshot = known(snapshots.newest(request.cluster.pk))
    state = _state(request, snapshot, group)
    tabs = [Link(label, reverse(view, args=[cluster, group]), label == tab) for label, view in TABS]
    reset = _action(request, "group.reset", "groups:reset", group, state)
    if not reset.why_not:
        tabs.append(Link("Offsets & reset", reset.url))
    elif state is None or kind_of(state).resettable:
        tabs.append(Link("Offsets & reset", reverse("groups:bookmarks", args=[cluster, group])))
    return {
        "group": group,
        "snapshot": snapshot,
        "state": state,
        "shape": frames.shape(state) if state else "",
        "tabs": tabs,
        "record_url": _record_url(request, state.verdict) if state else "",
        "skip_url": skip_url(request, group, state.verdict) if state else "",
        "also": [_also(request, group, finding) for finding in state.verdict.also] if state else [],
        "reset": reset,
        "delete": _action(request, "group.delete", "groups:delete", group, state),
        "socket": f"/ws/c/{cluster}/groups/{encode(group)}/",
    }


TABS = (("Now", "groups:group"), ("Members", "groups:members"), ("Timeline", "groups:timeline"))


def _state(request: HttpRequest, snapshot: Snapshot | None, group: str) -> GroupState | None:
    if snapshot is None:
        return None
    if group not in snapshot.groups:
        raise Http404(
            f"There is no group “{group}” in {request.cluster.name}. One made a moment ago shows up with the next poll."
        )
    newer = overlay(request.cluster.pk)
    return newer.over(snapshot.groups[group]) if newer else snapshot.groups[group]


def _next_of(request: HttpRequest, newer: Overlay, group: str) -> NextOf:
    """What was looked up for whoever watches the group, where this person may read the topic too."""
    may_read, known = visible(request.user, "records.read", request.cluster), newer.peeked.get(group, {})
    return lambda place: known.get(place) if may_read(place[0]) else None


def _also(request: HttpRequest, group: str, finding: Finding) -> Also:
    label, tone = verdicts.label(finding.code), verdicts.tone(finding.code)
    return Also(
        label, tone, finding.sentence, finding.next, _record_url(request, finding), skip_url(request, group, finding)
    )


def _record_url(request: HttpRequest, said: Verdict | Finding) -> str:
    """Where the record that a verdict names can be read; "" when there is none or it may not be read."""
    if said.topic is None or said.offset is None:
        return ""
    if not allow(request.user, "records.read", request.cluster, said.topic):
        return ""
    at = f"{said.partition}:{said.offset}"
    place = {"partition": said.partition, "start": f"offset:{said.offset}", "record": at}
    return f"{reverse('records:messages', args=[request.cluster.slug, said.topic])}?{urlencode(place)}"


def _action(request: HttpRequest, action: str, view: str, group: str, state: GroupState | None) -> Link:
    url = reverse(view, args=[request.cluster.slug, group])
    if not allow(request.user, action, request.cluster, group):
        return Link("", url, why_not=why_not(action, request.cluster))
    return Link("", url, why_not=kind_of(state).why_not(action) if state is not None else "")
