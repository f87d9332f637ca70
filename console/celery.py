"""The Celery application: JSON only, ids only, threads only (Kafka's clients do not survive a fork)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # they load every page: 20 MB that a worker never uses

from console.queue import BROKER, CONF

app = Celery("highwater", broker=BROKER)
app.conf.update(CONF)
app.autodiscover_tasks()
