"""What is put right every few seconds: searches of dead workers go on, waiting ones are rung for, old ones go."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from records.searches.limits import AT_ONCE, DAYS
from records.searches.models import RESUMABLE, Search, State
from records.searches.run import DEAD
from records.searches.service import send


def sweep() -> None:
    now = timezone.now()
    Search.objects.filter(state=State.RUNNING, beat__lt=now - DEAD).update(state=State.WAITING, owner="")
    free = AT_ONCE - Search.objects.filter(state=State.RUNNING).count()
    waiting = Search.objects.filter(state=State.WAITING).order_by("created_at").values_list("pk", flat=True)
    for pk in waiting[: max(0, free)]:
        send(pk)
    old = now - timedelta(days=DAYS)
    Search.objects.filter(state__in=RESUMABLE, created_at__lt=old).exclude(beat__gt=old).delete()
