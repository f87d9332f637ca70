"""The Celery application: JSON only, ids only, threads only (Kafka's clients do not survive a fork)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

from django.conf import settings  # noqa: E402

# Celery has a name of its own for a Unix socket.
app = Celery("highwater", broker=settings.REDIS_URL.replace("unix://", "redis+socket://", 1))
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        # Whoever sends does not wait for a queue that is down (6 s by default): the sweep sends again.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    },
    timezone="UTC",
    beat_schedule={
        # expires = period: a slow poll never leaves a queue of late ones behind it
        "poll": {"task": "clusters.tasks.poll_all", "schedule": 5.0, "options": {"expires": 5}},
        "sweep": {"task": "changes.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    },
)
app.autodiscover_tasks()
