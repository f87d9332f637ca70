"""Who calls: the bearer of a token, or a signed-in browser (which then has to send its CSRF token too).

The rule of an operation stands in its declaration: `auth=may("topic.view", name="topic")`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from access import tokens
from access.guard import Refused, Rule, admit
from access.policy import ACTIONS, allow

NOBODY = "Sign in, or send a token: Authorization: Bearer hw_..."
UNKNOWN = "This token is unknown, was revoked or has expired."


class Bearer(HttpBearer):
    """An API token. It carries no cookie, so there is nothing that another site could make a browser send."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        user = tokens.user_of(token)
        if user is None:
            raise AuthenticationError(message=UNKNOWN)
        return _admitted(request, user, self.rule)


class Session(APIKeyCookie):
    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        super().__init__()

    def __call__(self, request: HttpRequest) -> Any:
        return self.authenticate(request, None) if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        if check_csrf(request) is not None:
            raise HttpError(403, "The CSRF token is missing or wrong. Send it as X-CSRFToken, or use an API token.")
        return _admitted(request, request.user, self.rule)


def may(action: str, *, name: str = "") -> list[Bearer | Session]:
    """The two ways to be allowed `action`; `name` is the path parameter that holds the topic or group."""
    if action not in ACTIONS:
        raise KeyError(action)
    rule = Rule(action, name)
    return [Bearer(rule), Session(rule)]


def requires_person(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A plain GET view for a signed-in user or the bearer of a token, who becomes `request.user`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = tokens.bearer(request.headers.get("Authorization"))
        user = tokens.user_of(token) if token else request.user
        if user is None or not allow(user, "signed_in"):
            return unauthenticated(UNKNOWN if token else NOBODY)
        request.user = user
        return view(request, *args, **kwargs)

    guarded.rule = Rule("signed_in")  # type: ignore[attr-defined]
    return guarded


def unauthenticated(sentence: str) -> HttpResponse:
    headers = {"WWW-Authenticate": "Bearer"}
    return JsonResponse({"error": sentence, "code": "unauthenticated"}, status=401, headers=headers)


def _admitted(request: HttpRequest, user: Any, rule: Rule) -> Any:
    assert request.resolver_match is not None
    try:
        request.cluster = admit(user, rule, request.resolver_match.kwargs)  # type: ignore[attr-defined]
    except Refused as refusal:
        raise HttpError(403, str(refusal)) from None
    return user
