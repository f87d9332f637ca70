"""An experiment with consumers, and the buttons that were pressed for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from lab.runs import Run


class ConsumerRun(Run):
    KEPT = timedelta(days=7)

    experiment = models.CharField(max_length=60, blank=True)  # of lab.consumers.experiments
    by_script = models.BooleanField(default=False)  # its steps are taken by themselves
    settings = models.JSONField()  # lab.consumers.settings.Settings
    topic = models.CharField(max_length=60)  # and group
    cast = models.JSONField(default=list)  # [{name, state, work_ms, standing_until}]: its members now
    script = models.TextField(blank=True)  # what it does next
    ledger = models.JSONField(null=True)  # lab.consumers.ledger.Ledger
    left = models.BooleanField(default=False)  # its topic or its group may still be in Kafka

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state"], name="consumer_run_state")]

    def __str__(self) -> str:
        return f"consumer experiment {self.topic}"

    def get_absolute_url(self) -> str:
        return reverse("lab:consumer_run", args=[self.cluster.slug, self.pk])

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
