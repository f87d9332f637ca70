"""Where a reset is asked for, and a deletion."""

from __future__ import annotations

from itertools import islice

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.guard import requires
from access.policy import visible
from changes import service
from changes.errors import BadParams, ChangeError
from changes.models import Change
from groups import keeping, offset_pages
from groups.reset_boxes import boxes
from groups.reset_form import ResetForm
from groups.way_form import WAYS
from live import snapshots
from live.snapshot import GroupState, Snapshot

OFFERED = 200  # names of groups to take offsets from; others are typed
SAVED = 100  # bookmarks to choose from; older ones are restored from their own page
PEEKED = 100  # partitions of one topic whose first record is looked up


@requires("group.reset", name="group")
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    """A link may fill the form: `?to=offset&offset=17&partition=orders:3`."""
    state, asked = _state(request, group), request.POST if request.method == "POST" else request.GET
    ticked, error = asked.getlist("partition"), ""
    if request.method == "POST":
        form = ResetForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                return redirect(_propose(request, group, form, ticked))
            except ChangeError as refused:
                error = str(refused)
    else:
        form = ResetForm(initial=request.GET.dict())
    snapshot = snapshots.newest(request.cluster.pk)
    bookmarks = keeping.of_group(request.cluster, group).defer("body")[:SAVED]
    context = {
        "group": group,
        "form": form,
        "error": error,
        "ways": [way for way in WAYS if bookmarks or way[0] != "bookmark"],
        "bookmarks": bookmarks,
        "others": _beside(request, snapshot, state),
        "topics": boxes(snapshot, state, ticked if request.method == "POST" or ticked else None),
        "members": len(state.members) if state else None,
        "pages": offset_pages.links(request, cluster, group, "Reset"),
    }
    return render(request, "groups/reset.html", context, status=422 if error or form.errors else 200)


def _propose(request: HttpRequest, group: str, form: ResetForm, ticked: list[str]) -> Change:
    """Raises ChangeError."""
    if not (ticked or form.everything or form.cleaned_data["topic"].strip()):
        raise BadParams("Tick at least one partition.")
    return service.propose(request.user, request.cluster, "groups.reset_offsets", form.params(group, ticked))


def _beside(request: HttpRequest, snapshot: Snapshot | None, state: GroupState | None) -> list[str]:
    """Names to choose another group from: those that have committed on a topic of this one."""
    if snapshot is None or state is None:
        return []
    topics, may_see = {o.topic for o in state.offsets}, visible(request.user, "group.view", request.cluster)
    known = (g for g in snapshot.groups.values() if g is not state and any(o.topic in topics for o in g.offsets))
    return sorted(islice((g.group for g in known if may_see(g.group)), OFFERED))


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
