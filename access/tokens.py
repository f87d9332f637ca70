"""API tokens: shown once, stored as a hash, as strong as the user they belong to."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from access.links import digest
from access.models import Token

PREFIX = "hw_"
USED_EVERY = timedelta(minutes=1)  # how exact "last used" is: a scrape each second must not write each second


def issue(user: Any, name: str, days: int | None) -> tuple[Token, str]:
    """A new token and its text, which nobody can see again. `days` None: it does not expire."""
    text = PREFIX + secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(days=days) if days else None
    token = Token.objects.create(user=user, name=name, prefix=text[:8], hash=digest(text), expires=expires)
    return token, text


def user_of(text: str) -> Any | None:
    """The active user for whom the bearer of this token acts; None when it is unknown, revoked or has expired."""
    token = Token.objects.select_related("user").filter(hash=digest(text), user__is_active=True).first()
    now = timezone.now()
    if token is None or (token.expires is not None and token.expires <= now):
        return None
    if token.used is None or now - token.used > USED_EVERY:
        Token.objects.filter(pk=token.pk).update(used=now)
    return token.user


def bearer(authorization: str | None) -> str | None:
    """The token in an Authorization header. None when there is none, or it is of another scheme."""
    scheme, _, text = (authorization or "").partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None
