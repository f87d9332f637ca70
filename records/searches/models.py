"""A search as a job: what is asked, how far it is, what it left out. Its finds are `Haul`s, sealed and packed."""

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
    PAUSED = "paused", "paused"
    DONE = "done", "ended"
    CANCELLED = "cancelled", "cancelled"
    STOPPED = "stopped", "stopped"


UNDER_WAY = (State.WAITING, State.RUNNING)
RESUMABLE = (State.PAUSED, State.CANCELLED, State.STOPPED, State.DONE)


class Search(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    cluster = models.ForeignKey("clusters.Cluster", models.CASCADE, related_name="searches")
    topic = models.CharField(max_length=249)
    topic_id = models.CharField(max_length=40)  # another topic of the same name is not searched on
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    asked = models.JSONField()  # the words of the page's address: records.reading
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    wanted = models.CharField(max_length=8, blank=True)  # of the one that runs it: pause | cancel
    reason = models.TextField(blank=True)  # why it stopped
    spans = models.JSONField()  # {partition: [start, next, end]}
    left_out = models.JSONField(default=list)  # sentences
    masks = models.JSONField(default=list)  # the rules that hid something while it ran
    limits = models.JSONField()  # {records, bytes, seconds, kept}: where it ends in any case
    scanned = models.BigIntegerField(default=0)
    matched = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)  # that were read, about
    seconds = models.FloatField(default=0)  # that it ran
    unanswered = models.BigIntegerField(default=0)  # records for which the expression had no answer
    why = models.TextField(blank=True)  # of the first of them
    owner = models.CharField(max_length=32, blank=True)  # the run that may write
    beat = models.DateTimeField(null=True)  # when that run last wrote
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["cluster", "-created_at"], name="search_recent"),
            models.Index(fields=["state"], name="search_state"),
        ]

    def __str__(self) -> str:
        return f"search in {self.topic}"

    def get_absolute_url(self) -> str:
        return reverse("searches:search", args=[self.cluster.slug, self.pk])

    @property
    def parts(self) -> dict[int, tuple[int, int, int]]:
        """By partition: start, where it goes on, end."""
        return {int(p): tuple(span) for p, span in sorted(self.spans.items(), key=lambda item: int(item[0]))}

    @property
    def total(self) -> int:
        return sum(end - start for start, _, end in self.parts.values())

    @property
    def passed(self) -> int:
        """Offsets that lie behind it; holes count, so this is what progress is measured by."""
        return sum(at - start for start, at, _ in self.parts.values())

    @property
    def unread(self) -> dict[int, tuple[int, int]]:
        return {p: (at, end) for p, (_, at, end) in self.parts.items() if at < end}

    @property
    def complete(self) -> bool:
        return self.state == State.DONE and not self.unread and not self.left_out

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def resumable(self) -> bool:
        return self.state in RESUMABLE and bool(self.unread) and self.matched < self.limits["kept"]

    @property
    def words(self) -> dict[str, Any]:
        """What is asked, without what is empty."""
        return {name: word for name, word in self.asked.items() if word}


class Haul(models.Model):
    """Some finds of a search, in the order they were found: `records.searches.hauls` packs them."""

    search = models.ForeignKey(Search, models.CASCADE, related_name="hauls")
    first = models.IntegerField()  # how many were found before
    count = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["first"]
        constraints = [models.UniqueConstraint(fields=["search", "first"], name="haul_once")]

    def __str__(self) -> str:
        return f"{self.count} finds from {self.first}"


class Look(models.Model):
    """Who read in bulk, or what is hidden. Never deleted; names are kept, for they outlive what they name."""

    at = models.DateTimeField(default=timezone.now)
    actor_name = models.CharField(max_length=254)
    did = models.CharField(max_length=16)  # search | resume | export | unmask
    cluster_name = models.CharField(max_length=80)
    topic = models.CharField(max_length=249)
    asked = models.JSONField()
    search = models.UUIDField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.did} {self.topic}"
