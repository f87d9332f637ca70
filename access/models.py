"""Roles, sign-in links and API tokens. Links and tokens are stored as hashes: a copy of the database opens no door."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from access.policy import ROLES


class Binding(models.Model):
    """A role on one cluster, for the topics and groups whose names match a glob."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bindings")
    role = models.CharField(max_length=16, choices=[(role, role) for role in ROLES])
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="bindings")
    names = models.CharField(max_length=249, default="*")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "cluster", "role", "names"], name="binding_once")]
        ordering = ["cluster_id", "role", "names"]

    def __str__(self) -> str:
        return f"{self.role} of {self.names}"


class SignInLink(models.Model):
    """A one-time way in. Without a user it is the console administrator's."""

    hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"sign-in link of {self.user or 'the administrator'}"


class Token(models.Model):
    """A bearer token of the API. It acts with the rights that its user has at that moment."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    hash = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True)
    used = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made"]

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user}"
