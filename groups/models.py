"""Bookmarks: the offsets of a group at one moment, kept until they are wanted back."""

from __future__ import annotations

from hashlib import sha256

from django.conf import settings
from django.db import models
from django.utils import timezone

from groups import saved
from groups.saved import Saved


class Bookmark(models.Model):
    class Kind(models.TextChoices):
        NAMED = "named", "saved by a person"
        BEFORE_CHANGE = "before_change", "before a change"
        NIGHTLY = "nightly", "nightly"

    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="+")
    kafka_id = models.CharField(max_length=64)  # whose offsets these are, whatever the address leads to later
    key = models.CharField(max_length=32)  # of the group: names are longer than an entry of an index may be
    group = models.TextField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=254, blank=True)  # outlives the person
    change = models.ForeignKey("changes.Change", models.SET_NULL, null=True, related_name="+")
    body = models.BinaryField()  # groups.saved
    digest = models.CharField(max_length=32)
    partitions = models.IntegerField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["cluster", "key", "-at"], name="bookmark_of_group"),
            models.Index(fields=["kind", "at"], name="bookmark_age"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.get_kind_display()} of {self.group}"

    @property
    def saved(self) -> Saved:
        return saved.unpack(bytes(self.body))


def key_of(group: str) -> str:
    return sha256(group.encode()).hexdigest()[:32]
