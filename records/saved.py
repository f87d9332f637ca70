"""What is typed into the form that writes records, kept under a name for everybody who may write to the topic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from clusters.models import Cluster
from records.forms import ProduceForm

MOST = 100  # of one topic
LARGEST = 256 * 1024  # characters


class SavedRecord(models.Model):
    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="+")
    topic = models.TextField()
    name = models.CharField(max_length=80)
    fields = models.JSONField()  # of the form, as typed
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["cluster", "topic", "name"], name="saved_record_named_once")]

    def __str__(self) -> str:
        return self.name


class NotSaved(Exception):
    """One sentence."""


def of(cluster: Cluster, topic: str) -> models.QuerySet[SavedRecord]:
    return SavedRecord.objects.filter(cluster=cluster, topic=topic)


def save(user: Any, cluster: Cluster, topic: str, name: str, typed: Mapping[str, str]) -> SavedRecord:
    """Takes the place of one that has the name already. Raises NotSaved."""
    name = " ".join(name.replace("\0", "").split())[:80]
    if not name:
        raise NotSaved("Give the template a name.")
    fields = {field: typed[field].replace("\r\n", "\n") for field in ProduceForm.base_fields if typed.get(field)}
    if sum(map(len, fields.values())) > LARGEST or any("\0" in text for text in fields.values()):
        raise NotSaved(f"A template has at most {LARGEST:,} characters, and none of them is a NUL.")
    if of(cluster, topic).exclude(name=name).count() >= MOST:
        raise NotSaved(f"A topic has at most {MOST} templates: delete one first.")
    values = {"fields": fields, "made_by": user, "made_at": timezone.now()}
    return SavedRecord.objects.update_or_create(cluster=cluster, topic=topic, name=name, defaults=values)[0]
