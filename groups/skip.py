"""Where the skip of one record is asked for."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.guard import requires
from access.policy import allow, visible
from changes import service
from changes.errors import ChangeError
from live import snapshots
from live.snapshot import Finding, Verdict

OFFERED = 200  # topics to copy to; others are typed
DEAD = ("dlq", "dlt", "dead", "error", "failed")  # what names of such topics have in them


@requires("group.reset", name="group")
@require_http_methods(["GET", "POST"])
def skip(request: HttpRequest, cluster: str, group: str, topic: str, partition: int, offset: int) -> HttpResponse:
    if not allow(request.user, "topic.view", request.cluster, topic):
        raise Http404("No such name here, or it is hidden from you.")
    copy_to, error = request.POST.get("copy_to", "").strip(), ""
    if request.method == "POST":
        params: dict[str, Any] = {"group": group, "topic": topic, "partition": partition, "offset": offset}
        try:
            return redirect(
                service.propose(request.user, request.cluster, "groups.skip_record", params | {"copy_to": copy_to})
            )
        except ChangeError as refused:
            error = str(refused)
    context = {
        "group": group,
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "copy_to": copy_to,
        "offered": _offered(request, topic),
        "may_copy": allow(request.user, "records.read", request.cluster, topic),
        "create": reverse("topics:create", args=[cluster])
        if allow(request.user, "topic.create", request.cluster)
        else "",
        "error": error,
    }
    return render(request, "groups/skip.html", context, status=422 if error else 200)


def skip_url(request: HttpRequest, group: str, said: Verdict | Finding) -> str:
    """Where the record can be skipped at which a partition stands still; "" when that is not what is said."""
    if said.code != "stalled" or said.topic is None or said.partition is None or said.offset is None:
        return ""
    if not allow(request.user, "group.reset", request.cluster, group):
        return ""
    place = (said.topic, said.partition, said.offset)
    return reverse("groups:skip", args=[request.cluster.slug, group, *place])


def _offered(request: HttpRequest, source: str) -> list[str]:
    """Topics to which this person may write, those first that look like a place for the dead."""
    snapshot = snapshots.newest(request.cluster.pk)
    may_write = visible(request.user, "records.produce", request.cluster)
    names = [t.name for t in snapshot.topics.values() if not t.internal and t.name != source] if snapshot else []
    dead = {name: not any(word in name.lower() for word in DEAD) for name in names if may_write(name)}
    return sorted(dead, key=lambda name: (dead[name], not name.startswith(source), name))[:OFFERED]
