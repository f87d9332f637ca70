"""A change: who wants what, the plan they read, what came of it. The rows are the audit trail: none is ever deleted."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from changes import registry
from changes.kind import Kind, Outcome, Plan, Progress

FRESH_FOR = timedelta(minutes=10)  # how long a plan may be confirmed after it was made


class State(models.TextChoices):
    PLANNED = "planned", "waits for your confirmation"
    ARMED = "armed", "waits for the group to empty"
    CONFIRMED = "confirmed", "waits for a worker"
    RUNNING = "running", "being applied"
    DONE = "done", "done, read back"
    PARTLY = "partly", "partly done"
    FAILED = "failed", "failed"
    UNKNOWN = "unknown", "not known yet"
    REFUSED = "refused", "refused"
    STALE = "stale", "plan out of date"
    EXPIRED = "expired", "expired"
    CALLED_OFF = "called_off", "called off"


OPEN = (State.PLANNED, State.ARMED, State.CONFIRMED, State.RUNNING, State.UNKNOWN)


class Change(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=60)
    target = models.TextField()
    # The row outlives the user and the cluster, so both are kept by name as well.
    cluster = models.ForeignKey("clusters.Cluster", models.SET_NULL, null=True, related_name="changes")
    cluster_name = models.CharField(max_length=80)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    confirmed_name = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PLANNED)
    reason = models.TextField(blank=True)  # why it is refused, stale, expired, not known
    params = models.JSONField()
    plan = models.JSONField(null=True)
    plan_hash = models.CharField(max_length=64, blank=True)
    armed_plan = models.JSONField(null=True)  # what was agreed to; `plan` is then the one that was applied
    armed_until = models.DateTimeField(null=True)
    outcome = models.JSONField(null=True)
    later = models.TextField(blank=True)  # what somebody else did to it soon after
    looked_again = models.BooleanField(default=False)
    undo_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undone_by")
    key = models.CharField(max_length=200, null=True, unique=True)  # one form sent twice is one change
    lock = models.CharField(max_length=64)  # cluster and target: two of them never run at once
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Of long changes: what the worker told last, when, and who wants it to stop.
    progress = models.JSONField(null=True)
    beat_at = models.DateTimeField(null=True)
    stop_name = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["cluster", "-created_at"], name="change_recent"),
            models.Index(fields=["state"], name="change_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["lock"], condition=models.Q(state="running"), name="change_runs_alone"),
            models.UniqueConstraint(fields=["lock"], condition=models.Q(state="armed"), name="change_waits_alone"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"

    def get_absolute_url(self) -> str:
        return reverse("changes:change", args=[self.pk])

    @property
    def executor(self) -> Kind[Any]:
        return registry.find(self.kind)

    @property
    def about(self) -> tuple[str, ...]:
        return self.executor.about(self.target, self.params)

    @property
    def asked(self) -> Any:
        """The params as its kind has them."""
        return msgspec.convert(self.params, self.executor.parameters)

    @property
    def planned(self) -> Plan | None:
        return msgspec.convert(self.plan, Plan) if self.plan else None

    def set_plan(self, plan: Plan) -> None:
        self.plan = msgspec.to_builtins(plan)
        self.plan_hash = hashlib.sha256(msgspec.json.encode(plan, order="deterministic")).hexdigest()

    @property
    def agreed(self) -> Plan | None:
        """The plan that was read when the change was armed."""
        return msgspec.convert(self.armed_plan, Plan) if self.armed_plan else None

    @property
    def result(self) -> Outcome | None:
        return msgspec.convert(self.outcome, Outcome) if self.outcome else None

    @property
    def told(self) -> Progress | None:
        return msgspec.convert(self.progress, Progress) if self.progress else None

    @property
    def needs_name(self) -> bool:
        """Whether the target's name has to be typed to confirm."""
        return self.executor.typed or (self.cluster is not None and self.cluster.environment == "production")

    @property
    def too_old(self) -> bool:
        return timezone.now() - self.created_at > FRESH_FOR

    @property
    def final(self) -> bool:
        return self.state not in OPEN
