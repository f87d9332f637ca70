"""What is put right every few seconds: experiments of dead workers end, waiting ones are rung for, what was left in
Kafka goes, old ones go."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from lab.consumers.models import ConsumerRun
from lab.consumers.run import DEAD, clean
from lab.consumers.service import send
from lab.runs import TAKEN, UNDER_WAY, State

UNHEARD = timedelta(minutes=2)  # that one waits for a worker
AGAIN = timedelta(seconds=30)  # after which what was left in Kafka is tried again
AT_ONCE = 3  # that are cleaned up in one sweep: a cluster that does not answer takes its time


def sweep() -> None:
    now = timezone.now()
    runs = ConsumerRun.objects
    runs.filter(state__in=TAKEN, beat__lt=now - DEAD).update(
        state=State.STOPPED,
        ended_at=now,
        owner="",
        script="",
        reason="Its worker died. Its consumers ended with it; what they had told until then is below.",
    )
    waiting = runs.filter(state=State.WAITING)
    waiting.filter(created_at__lt=now - UNHEARD).update(
        state=State.STOPPED, ended_at=now, reason="No worker took it up within two minutes."
    )
    for pk in waiting.values_list("pk", flat=True):
        send(pk)
    ended = runs.exclude(state__in=UNDER_WAY)
    for run in ended.filter(left=True, beat__lt=now - AGAIN).select_related("cluster")[:AT_ONCE]:
        runs.filter(pk=run.pk).update(beat=now, left=not clean(run))
    ended.filter(left=False, created_at__lt=now - ConsumerRun.KEPT).delete()
