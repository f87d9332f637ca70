"""A run of producers side by side: what was asked, and what each slice of it came to."""

from __future__ import annotations

from uuid import uuid4

import msgspec
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from lab.producers.sender import Sent
from lab.producers.settings import Setting


class State(models.TextChoices):
    WAITING = "waiting", "waits for a worker"
    RUNNING = "running", "running"
    DONE = "done", "ended"
    CANCELLED = "cancelled", "cancelled"
    STOPPED = "stopped", "stopped"


class SliceOf(msgspec.Struct):
    """One turn of one setting."""

    setting: int
    round: int
    sent: Sent


class ProducerRun(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    settings = models.JSONField()  # of lab.producers.settings.Setting, two to four
    seconds = models.IntegerField()  # for each of them
    partitions = models.IntegerField()
    topic = models.CharField(max_length=249)
    topic_gone = models.BooleanField(default=False)  # deleted, or never made
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    cancelled = models.BooleanField(default=False)  # wanted of the one that runs it
    reason = models.TextField(blank=True)  # why it stopped
    slices = models.JSONField(default=list)  # of SliceOf
    owner = models.CharField(max_length=32, blank=True)  # the run that may write
    beat = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["cluster", "-created_at"], name="producer_run_recent"),
            models.Index(fields=["state"], name="producer_run_state"),
        ]

    def __str__(self) -> str:
        return f"producers on {self.topic}"

    def get_absolute_url(self) -> str:
        return reverse("lab:producer_run", args=[self.cluster.slug, self.pk])

    @property
    def chosen(self) -> list[Setting]:
        return msgspec.convert(self.settings, list[Setting])

    @property
    def taken(self) -> list[SliceOf]:
        return msgspec.convert(self.slices, list[SliceOf], strict=False)

    @property
    def under_way(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)
