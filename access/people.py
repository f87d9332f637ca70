"""The people of this console and their roles; for its administrators."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import forms, links, sessions
from access.guard import requires
from access.models import Binding

log = logging.getLogger(__name__)


@requires("user.manage")
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    form = forms.Person(request.POST or None)
    added, link = None, ""
    if request.method == "POST" and form.is_valid():
        added = form.save()
        link = "" if added.has_usable_password() else links.make_link(origin(request), added)
        log.info("%s added %s", request.user, added)
        form = forms.Person()
    users = get_user_model().objects.prefetch_related("bindings__cluster").annotate(token_count=Count("tokens"))
    page = {"form": form, "people": users.order_by("email"), "added": added, "link": link}
    return render(request, "access/people.html", page)


@requires("user.manage")
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _user(pk))


@requires("user.manage")
@require_POST
def give_role(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(pk)
    form = forms.Role(request.POST, user=user)
    if not form.is_valid():
        return _page(request, user, form=form)
    binding = form.save()
    log.info("%s made %s %s of %s on %s", request.user, user, binding.role, binding.names, binding.cluster)
    return redirect("access:person", pk)


@requires("user.manage")
@require_POST
def take_role(request: HttpRequest, pk: int, binding: int) -> HttpResponse:
    taken = get_object_or_404(Binding, pk=binding, user_id=pk)
    log.info("%s took from %s: %s of %s on %s", request.user, taken.user, taken.role, taken.names, taken.cluster)
    taken.delete()
    return redirect("access:person", pk)


@requires("user.manage")
@require_POST
def switch(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Turn `is_active` or `is_superuser` round. Nobody does it to themselves: an administrator always remains."""
    user = _user(pk)
    if user.pk == request.user.pk:
        return _page(request, user, problem="Ask another administrator: nobody can shut themselves out.", status=409)
    setattr(user, what, not getattr(user, what))
    user.save(update_fields=[what])
    log.info("%s set %s of %s to %s", request.user, what, user, getattr(user, what))
    if not user.is_active:
        sessions.revoke(user)
    return redirect("access:person", pk)


@requires("user.manage")
@require_POST
def sign_out_everywhere(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(pk)
    ended = sessions.revoke(user)
    log.info("%s ended %d sessions of %s", request.user, ended, user)
    return redirect("access:person", pk)


@requires("user.manage")
@require_POST
def new_link(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(pk)
    log.info("%s made a sign-in link for %s", request.user, user)
    return _page(request, user, link=links.make_link(origin(request), user))


def origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _user(pk: int) -> Any:
    return get_object_or_404(get_user_model(), pk=pk)


def _page(request: HttpRequest, user: Any, *, form: Any = None, status: int = 200, **more: str) -> HttpResponse:
    page = {"person": user, "form": form or forms.Role(user=user), "bindings": user.bindings.select_related("cluster")}
    return render(request, "access/person.html", page | more, status=status)
