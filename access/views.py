"""Signing in and out, and what belongs to oneself: the account and its API tokens."""

from __future__ import annotations

from allauth.account import views as allauth
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from access import forms, links, sessions, tokens
from access.guard import public, requires
from access.models import Token


@public
@require_http_methods(["GET", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leaves nothing in the browser either: Back after sign-out shows no data."""
    response = allauth.logout(request)
    if request.method == "POST":
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@public
@ensure_csrf_cookie
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Reading the page uses nothing up, so a prefetching browser or a chat's preview does no harm; the button does."""
    if request.method == "GET" and links.find(token) is not None:
        return render(request, "access/link.html")
    user = links.use(token) if request.method == "POST" else None
    if user is None:
        return render(request, "access/link_gone.html", status=410)
    sessions.start(request, user)
    if not user.has_usable_password():
        messages.warning(
            request, "You have no password yet. Set one under Account, or sign in by a new link next time."
        )
    return redirect("/")


@requires("signed_in")
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = forms.Account(request.POST or None, user=request.user, initial={"email": request.user.email})
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Saved.")
        return redirect("access:account")
    return render(request, "access/account.html", {"form": form, "has_password": request.user.has_usable_password()})


@requires("signed_in")
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """allauth's page, for those who have a password to change."""
    if not request.user.has_usable_password():
        return redirect("access:account")
    return allauth.password_change(request)


@requires("signed_in")
@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """The text of a new token is in the answer to this one POST and nowhere else."""
    form = forms.NewToken(request.POST or None)
    text = ""
    if request.method == "POST" and form.is_valid():
        _, text = tokens.issue(request.user, form.cleaned_data["name"], form.cleaned_data["days"] or None)
        form = forms.NewToken()
    mine = Token.objects.filter(user=request.user)
    return render(request, "access/tokens.html", {"form": form, "tokens": mine, "new": text})


@requires("signed_in")
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Token, pk=pk, user=request.user).delete()
    return redirect("access:tokens")
