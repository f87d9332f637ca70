"""An experiment with consumers, and the buttons that were pressed for it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone


class State(models.TextChoices):
    WAITING = "waiting", "waits for a worker"
    RUNNING = "running", "running"
    ENDING = "ending", "reads what is left"
    DONE = "done", "ended"
    FAILED = "failed", "broke off"


UNDER_WAY = (State.WAITING, State.RUNNING, State.ENDING)


class ConsumerRun(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="consumer_runs")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    experiment = models.CharField(max_length=60, blank=True)  # of lab.consumers.experiments
    by_script = models.BooleanField(default=False)  # its steps are taken by themselves
    settings = models.JSONField()  # lab.consumers.settings.Settings
    topic = models.CharField(max_length=60)  # and group
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    reason = models.TextField(blank=True)  # why it broke off, or ended by itself
    cast = models.JSONField(default=list)  # [{name, state, work_ms, standing_until}]: its members now
    script = models.TextField(blank=True)  # what it does next
    ledger = models.JSONField(null=True)  # lab.consumers.ledger.Ledger
    owner = models.CharField(max_length=32, blank=True)  # who may write
    beat = models.DateTimeField(null=True)  # when that one last wrote
    left = models.BooleanField(default=False)  # its topic or its group may still be in Kafka
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state"], name="consumer_run_state")]

    def __str__(self) -> str:
        return f"consumer experiment {self.topic}"

    def get_absolute_url(self) -> str:
        return reverse("lab:consumer_run", args=[self.cluster.slug, self.pk])

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def alive(self) -> list[dict[str, Any]]:
        """Those of its members that run. When its worker died nobody wrote down that they have ended."""
        return [p for p in self.cast if self.under_way and p["state"] in ("running", "paused", "leaving")]


class ConsumerOrder(models.Model):
    """A button that was pressed: the worker that runs the experiment takes it from here, in order."""

    run = models.ForeignKey(ConsumerRun, models.CASCADE, related_name="orders")
    verb = models.CharField(max_length=16)  # of lab.consumers.stage, or end
    who = models.CharField(max_length=8, blank=True)
    value = models.IntegerField(null=True)
    actor_name = models.CharField(max_length=254)
    at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    said = models.TextField(blank=True)  # why it was not followed

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.verb} {self.who}".strip()
