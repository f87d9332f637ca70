"""The rule of a view, written above it: `@requires("topic.view", name="topic")` or `@public`.

`DefaultDeny` refuses every view without one, so a forgotten line is a closed page and not an open one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.apps import apps
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from access.acting import acting
from access.policy import ACTIONS, CONSOLE, ROLES, WRITES, allow

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Rule:
    action: str  # "" is open to everybody
    name: str = ""  # the URL's keyword argument that holds the topic or group

    def __str__(self) -> str:
        return f"{self.action} {self.name}".strip()


def public(view: View) -> View:
    """Open to everybody, signed in or not."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    opened.rule = Rule("")  # type: ignore[attr-defined]
    return opened


def requires(action: str, *, name: str = "") -> Callable[[View], View]:
    """Let only those in who may do `action`; sets `request.cluster` when the URL names a cluster."""
    rule = Rule(action, name)
    if action not in ACTIONS:
        raise KeyError(action)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return sign_in(request)
            try:
                request.cluster = admit(request.user, rule, kwargs)  # type: ignore[attr-defined]
            except Refused as refusal:
                request.cluster = refusal.cluster  # type: ignore[attr-defined]
                return refused(request, str(refusal))
            token = acting.set(str(request.user.pk))
            try:
                return view(request, *args, **kwargs)
            finally:
                acting.reset(token)

        guarded.rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


class Refused(Exception):
    """`str(refused)` says what is needed."""

    def __init__(self, reason: str, cluster: Any = None) -> None:
        super().__init__(reason)
        self.cluster = cluster


def admit(user: Any, rule: Rule, kwargs: Mapping[str, Any]) -> Any | None:
    """The cluster in the URL's `kwargs`, if any. Raises Http404, or Refused for what may be known but not done."""
    cluster = find_cluster(user, kwargs["cluster"]) if "cluster" in kwargs else None
    name = kwargs[rule.name] if rule.name else ""
    if name and not may_know(user, rule.action, cluster, name):
        raise Http404("No such name here, or it is hidden from you.")
    if not allow(user, rule.action, cluster, name):
        raise Refused(why_not(rule.action, cluster), cluster)
    return cluster


def find_cluster(user: Any, slug: str) -> Any:
    """The cluster model. Raises Http404 alike for one that does not exist and one that this user may not know of."""
    cluster = apps.get_model("clusters", "Cluster").objects.filter(slug=slug).first()
    if cluster is None or not allow(user, "cluster.view", cluster):
        raise Http404("No such cluster, or it is hidden from you.")
    return cluster


def may_know(user: Any, action: str, cluster: Any, name: str) -> bool:
    """Whether the user may see that `name` exists: then a refusal is a 403, otherwise a 404."""
    seen_by = "group.view" if action.startswith("group.") else "topic.view"
    return allow(user, seen_by, cluster, name)


def why_not(action: str, cluster: Any = None) -> str:
    """One sentence: what somebody who was refused would need."""
    if action in CONSOLE:
        return "Only an administrator of this console can do this."
    if action in WRITES and cluster is not None and cluster.read_only:
        return f"{cluster.name} is registered as read-only: nobody can change it from here."
    roles = [role for role, actions in ROLES.items() if action in actions]
    where = f" on {cluster.name}" if cluster is not None else ""
    return f"This needs the role {' or '.join(roles)}{where} ({action})."


def sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back here afterwards when that makes sense."""
    if request.headers.get("HX-Request"):
        # A redirect would be followed silently and the sign-in page swapped into a table.
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url("account_login")})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")


def refused(request: HttpRequest, reason: str) -> HttpResponse:
    fragment = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(request, "access/_refused.html" if fragment else "403.html", {"exception": reason}, status=403)
