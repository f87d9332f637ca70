"""The worker's doorbells: an id comes in, a function that a test can call does the work."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from changes import armed, run, sweeping


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def apply_change(pk: str) -> None:
    if run.apply(UUID(pk)) is None:
        armed.attempt(UUID(pk))


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def sweep() -> None:
    sweeping.sweep()
