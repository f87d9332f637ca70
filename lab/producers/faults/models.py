"""A fault that three producers went through: what was asked, how it went, what the topics say."""

from __future__ import annotations

import msgspec
from django.db import models
from django.urls import reverse

from lab.producers.cancelling import CancellableRun
from lab.producers.faults.asked import Asked
from lab.producers.faults.story import Story
from lab.producers.faults.tally import Tally


class FaultRun(CancellableRun):
    """Its cluster is where it is shown, and is not touched."""

    asked = models.JSONField()  # of lab.producers.faults.asked.Asked
    phase = models.CharField(max_length=120, blank=True)  # what it does now
    story = models.JSONField(default=dict)  # of Story
    tallies = models.JSONField(default=list)  # of Tally, in the order of WAYS; empty before the topics were read

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
