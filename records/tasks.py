"""The worker's doorbells for records."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from records.searches import run, sweeping


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def run_search(pk: str) -> None:
    run.run(UUID(pk))


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def sweep_searches() -> None:
    sweeping.sweep()
