"""The pages about the members of a group."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.guard import requires, why_not
from access.policy import allow
from changes import service
from changes.errors import ChangeError
from groups import queries
from groups.members import members_page
from groups.views import head
from groups.what_if import what_if


@requires("group.view", name="group")
def members(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    context = head(request, cluster, group, "Members")
    if context["state"]:
        q, sort = request.GET.get("q", "")[:500], request.GET.get("sort", "")
        context |= {
            "page": queries.group_page(context["snapshot"], context["state"]),
            "members": members_page(context["snapshot"], context["state"], q, sort),
            "cannot_remove": _cannot_remove(request, group, context["state"].kind),
        }
    return render(request, "groups/members.html", context)


@requires("group.view", name="group")
def what_if_page(request: HttpRequest, cluster: str, group: str) -> HttpResponse:
    context = head(request, cluster, group, "Members")
    if context["state"]:
        asked = request.GET.get("members", ""), request.GET.get("assignor", "")
        context |= {
            "page": queries.group_page(context["snapshot"], context["state"]),
            "what_if": what_if(context["snapshot"], context["state"], *asked),
        }
    return render(request, "groups/what_if.html", context)


@requires("group.members", name="group")
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, cluster: str, group: str, member: str) -> HttpResponse:
    error = ""
    if request.method == "POST":
        params = {"group": group, "member": member}
        try:
            return redirect(service.propose(request.user, request.cluster, "groups.remove_member", params))
        except ChangeError as refused:
            error = str(refused)
    context = {
        "title": "Remove member",
        "name": group,
        "list_label": "Groups",
        "list_url": reverse("groups:list", args=[cluster]),
        "back": reverse("groups:members", args=[cluster, group]),
        "text": f"The plan shows what {member} owns, how far behind it is and what will happen to it. "
        "Nothing is changed yet.",
        "error": error,
    }
    return render(request, "changes/start.html", context, status=422 if error else 200)


def _cannot_remove(request: HttpRequest, group: str, kind: str) -> str:
    """Why no member can be removed; empty when one can."""
    if not allow(request.user, "group.members", request.cluster, group):
        return why_not("group.members", request.cluster)
    return f"Kafka has no request that removes a member of a {kind} group." if kind in ("share", "streams") else ""
