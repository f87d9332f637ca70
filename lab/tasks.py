"""The worker's doorbells for the lab."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from lab.consumers import run, sweeping


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def run_consumers(pk: str) -> None:
    run.begin(UUID(pk))


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def sweep_consumers() -> None:
    sweeping.sweep()
