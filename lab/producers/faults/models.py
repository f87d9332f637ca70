"""A fault that three producers went through: what was asked, how it went, what the topics say."""

from __future__ import annotations

from uuid import uuid4

import msgspec
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from lab.producers.faults.asked import Asked
from lab.producers.faults.story import Story
from lab.producers.faults.tally import Tally
from lab.producers.models import State


class FaultRun(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="+")  # where it is shown; not touched
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    asked = models.JSONField()  # of lab.producers.faults.asked.Asked
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    phase = models.CharField(max_length=120, blank=True)  # what it does now
    cancelled = models.BooleanField(default=False)  # wanted of the one that runs it
    reason = models.TextField(blank=True)  # why it stopped
    story = models.JSONField(default=dict)  # of Story
    tallies = models.JSONField(default=list)  # of Tally, in the order of WAYS; empty before the topics were read
    owner = models.CharField(max_length=32, blank=True)  # the run that may write
    beat = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["cluster", "-created_at"], name="fault_run_recent"),
            models.Index(fields=["state"], name="fault_run_state"),
        ]

    def __str__(self) -> str:
        return f"{self.wanted.fault} for {self.wanted.seconds} s"

    def get_absolute_url(self) -> str:
        return reverse("lab:fault_run", args=[self.cluster.slug, self.pk])

    @property
    def wanted(self) -> Asked:
        return msgspec.convert(self.asked, Asked)

    @property
    def told(self) -> Story:
        return msgspec.convert(self.story, Story)

    @property
    def proof(self) -> list[Tally]:
        return msgspec.convert(self.tallies, list[Tally])

    @property
    def under_way(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)
