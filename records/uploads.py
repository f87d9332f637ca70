"""Files that were sent to be written, until they are: kept in the database, since web and worker share no disk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone

LARGEST = 10 * 1024 * 1024  # bytes
KEPT = timedelta(days=1)


class Upload(models.Model):
    """The key is not to be guessed: who knows it may write what is in it, and nobody is shown it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name


def keep(user: Any, name: str, content: bytes) -> Upload:
    """And forgets what has been here for a day."""
    Upload.objects.filter(made_at__lt=timezone.now() - KEPT).delete()
    return Upload.objects.create(name=name[:200], content=content, made_by=user)
