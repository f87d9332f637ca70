"""Views that were saved: which topics, and how they are looked at."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone


class SavedView(models.Model):
    """Holds no records and no rights: what it shows is asked for by whoever opens it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    topics = models.JSONField(default=list)  # names
    glob = models.CharField(max_length=249, blank=True)
    asked = models.JSONField(default=dict)  # the address's other words: views_kept.WORDS
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=254, blank=True)  # outlives the person
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "at"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("messages:view", args=[self.cluster.slug, self.pk])
