"""The bookmarks of a group: the list, one compared with now or with another, as CSV, saved, restored, deleted.

These pages also stand for a group that is not there any more: its bookmarks are the way to bring it back.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from access.guard import requires
from changes import service
from changes.errors import ChangeError
from clusters.health import known
from gateway import reset_file
from gateway.errors import KafkaFault
from groups import keeping, offset_pages, saved
from groups.models import Bookmark
from live import snapshots

SHOWN = 100


@requires("group.view", name="group")
@require_GET
def bookmarks(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    mine, before = keeping.of_group(request.cluster, group), request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        mine = mine.filter(pk__lt=int(before))
    found = list(mine.defer("body").select_related("by")[: SHOWN + 1])
    context = offset_pages.frame(request, cluster, group, "Bookmarks")
    if context["state"] is None and context["known"] and not found:
        raise Http404(f"There is no group “{group}” in {request.cluster.name}, and no bookmark of one.")
    older = found[SHOWN - 1].pk if len(found) > SHOWN else None
    return render(request, "groups/bookmarks.html", context | {"bookmarks": found[:SHOWN], "older": older})


@requires("group.reset", name="group")
@require_POST
def save(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())[:200]
    try:
        made = keeping.named(request.user, request.cluster, group, name)
    except KafkaFault as fault:
        messages.error(request, f"The offsets could not be read: {fault}")
    else:
        if made is None:
            messages.error(request, "The group has committed nothing, so there is nothing to save.")
        else:
            messages.success(request, f"The offsets of {made.partitions:,} partitions are saved.")
    return redirect("groups:bookmarks", cluster, group)


@requires("group.view", name="group")
@require_GET
def bookmark(request: HttpRequest, cluster: str, group: str, pk: int) -> HttpResponse:
    """`?with=<number>` compares with another one, otherwise with what the newest poll saw."""
    found, other = _one(request, group, pk), None
    if (number := request.GET.get("with", "")).isdecimal() and len(number) < 19:
        other = _one(request, group, int(number))
    snapshot = known(snapshots.newest(request.cluster.pk))
    context = offset_pages.frame(request, cluster, group, "Bookmarks")
    now = other.saved if other else saved.of_snapshot(snapshot, context["state"]) if snapshot else saved.Saved({})
    context |= {
        "bookmark": found,
        "other": other,
        "others": keeping.of_group(request.cluster, group).exclude(pk=pk).defer("body")[:SHOWN],
        "rows": saved.compare(found.saved, now, snapshot),
    }
    return render(request, "groups/bookmark.html", context)


@requires("group.view", name="group")
@require_GET
def offsets_csv(request: HttpRequest, cluster: str, group: str, pk: int) -> HttpResponse:
    """As `kafka-consumer-groups --export` writes them and `--from-file` reads them."""
    found = _one(request, group, pk)
    response = HttpResponse(reset_file.write(sorted(found.saved.offsets.items())), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="offsets-{pk}.csv"'
    return response


@requires("group.reset", name="group")
@require_POST
def restore(request: HttpRequest, cluster: str, group: str, pk: int) -> HttpResponse:
    found = _one(request, group, pk)
    partitions = offset_pages.places(request.POST.getlist("partition"))
    params = {"group": group, "to": "bookmark", "value": found.pk, "create": True, "partitions": partitions}
    if not partitions:
        messages.error(request, "Tick at least one partition.")
        return redirect("groups:bookmark", cluster, group, pk)
    try:
        return redirect(service.propose(request.user, request.cluster, "groups.reset_offsets", params))
    except ChangeError as refused:
        messages.error(request, str(refused))
        return redirect("groups:bookmark", cluster, group, pk)


@requires("group.reset", name="group")
@require_POST
def delete(request: HttpRequest, cluster: str, group: str, pk: int) -> HttpResponse:
    """Only those that a person saved: the others go by themselves when they are old."""
    found = _one(request, group, pk)
    if found.kind != Bookmark.Kind.NAMED:
        messages.error(request, "Highwater made this one itself, and drops it when it is old.")
    else:
        keeping.drop(request.user, found)
        messages.success(request, f"The bookmark {found} is deleted.")
    return redirect("groups:bookmarks", cluster, group)


def _one(request: HttpRequest, group: str, pk: int) -> Bookmark:
    """Raises Http404 alike for one that is not there and one of another group."""
    found = keeping.of_group(request.cluster, group).filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404("There is no such bookmark of this group.")
    return found
