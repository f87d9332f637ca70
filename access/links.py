"""One-time sign-in links: how the first administrator gets in, and anybody else who has no password yet.

A link may be opened by prefetchers and previews without harm: only the button on its page uses it up.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from access.models import Binding, SignInLink

LIFETIME = timedelta(hours=1)
ADMINISTRATOR = "admin@localhost"


def make_link(origin: str, user: User | None = None) -> str:
    """A URL below `origin` that signs `user` in once, within the hour; without a user, the console's administrator."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.filter(expires__lt=timezone.now()).delete()
    SignInLink.objects.create(hash=digest(token), user=user, expires=timezone.now() + LIFETIME)
    return origin.rstrip("/") + reverse("access:link", args=[token])


def find(token: str) -> SignInLink | None:
    """The link, when it can still be used. Looked up by its hash: the time this takes tells nothing about the token."""
    return SignInLink.objects.filter(hash=digest(token), expires__gt=timezone.now()).first()


@transaction.atomic
def use(token: str) -> Any | None:
    """The user whom the token signs in, once; None when it was used, has expired or belongs to a disabled user."""
    link = find(token)
    # The row is the permission: whoever deletes it has it, a second request deletes nothing.
    if link is None or not SignInLink.objects.filter(pk=link.pk).delete()[0]:
        return None
    user = link.user or administrator()
    return user if user.is_active else None


def administrator() -> Any:
    """The first administrator there is, else a new one, who is also admin of the clusters known so far."""
    users = get_user_model().objects
    user = users.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if user is None:
        user = users.create_superuser(ADMINISTRATOR, ADMINISTRATOR)
        clusters = apps.get_model("clusters", "Cluster").objects.all()
        Binding.objects.bulk_create(Binding(user=user, role="admin", cluster=cluster) for cluster in clusters)
    return user


def digest(secret: str) -> str:
    """What is stored of a secret. It has 256 random bits, so a plain hash of it cannot be turned round."""
    return sha256(secret.encode()).hexdigest()
