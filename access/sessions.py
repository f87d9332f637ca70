"""How long a sign-in lasts, and how it ends early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone


def start(request: HttpRequest, user: Any) -> None:
    """Sign `user` in without a password (a one-time link has been used)."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    end_today(request)


def end_today(request: HttpRequest) -> None:
    """A date and not a number of seconds: use does not prolong the session."""
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def revoke(user: Any) -> int:
    """End every session of the user; open sockets notice within seconds. Returns how many there were."""
    theirs = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    return Session.objects.filter(pk__in=theirs).delete()[0]
