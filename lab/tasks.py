"""The worker's doorbells for the lab."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from lab.consumers import run as consumers
from lab.consumers import sweeping
from lab.producers import run as producers
from lab.producers import service
from lab.producers.faults import run as faults
from lab.producers.faults import sweeping as faults_left


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def run_consumers(pk: str) -> None:
    consumers.begin(UUID(pk))


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def sweep_consumers() -> None:
    sweeping.sweep()


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def run_producers(pk: str) -> None:
    producers.run(UUID(pk))


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def sweep_producers() -> None:
    service.sweep()


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def run_fault(pk: str) -> None:
    faults.run(UUID(pk))


@shared_task(ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def sweep_faults() -> None:
    faults_left.sweep()
