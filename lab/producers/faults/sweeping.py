"""What is put right every few seconds: runs of dead workers end and their brokers' folders go, waiting ones are rung
for, old ones go."""

from __future__ import annotations

import shutil

from django.utils import timezone

from lab.producers.faults.models import FaultRun
from lab.producers.faults.run import DEAD, folders
from lab.producers.faults.service import send
from lab.runs import UNDER_WAY, State


def sweep() -> None:
    now, runs = timezone.now(), FaultRun.objects
    running = runs.filter(state=State.RUNNING)
    running.filter(beat__lt=now - DEAD).update(
        state=State.STOPPED, phase="", reason="The worker that ran it died, and its broker with it.", ended_at=now
    )
    there = list(folders().glob("*"))  # of this machine's workers; before the rows, or one that just begins would go
    kept = {pk.hex for pk in running.values_list("pk", flat=True)}
    for folder in there:
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
    if not kept and (waiting := runs.filter(state=State.WAITING).order_by("created_at").first()) is not None:
        send(waiting.pk)
    runs.exclude(state__in=UNDER_WAY).filter(created_at__lt=now - FaultRun.KEPT).delete()
