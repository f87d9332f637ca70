"""A run of producers side by side: what was asked, and what each slice of it came to."""

from __future__ import annotations

import msgspec
from django.db import models
from django.urls import reverse

from lab.producers.cancelling import CancellableRun
from lab.producers.sender import Sent
from lab.producers.settings import Setting


class SliceOf(msgspec.Struct):
    """One turn of one setting."""

    setting: int
    round: int
    sent: Sent


class ProducerRun(CancellableRun):
    settings = models.JSONField()  # of lab.producers.settings.Setting, two to four
    seconds = models.IntegerField()  # for each of them
    partitions = models.IntegerField()
    topic = models.CharField(max_length=249)
    topic_gone = models.BooleanField(default=False)  # deleted, or never made
    slices = models.JSONField(default=list)  # of SliceOf

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
