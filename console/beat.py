"""The clock of the periodic tasks: `celery -A console.beat beat`.

It only sends names, so it loads neither Django's apps nor the tasks: 40 MB in place of 98.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

from console.queue import BROKER, CONF

app = Celery("highwater", broker=BROKER, fixups=[])
app.conf.update(CONF)
app.conf.beat_schedule = {
    # expires = period: a slow poll never leaves a queue of late ones behind it
    "poll": {"task": "clusters.tasks.poll_all", "schedule": 5.0, "options": {"expires": 5}},
    "bookmarks": {
        "task": "groups.tasks.nightly_bookmarks",
        "schedule": crontab(hour=3, minute=17),
        "options": {"expires": 3600},
    },
    "sweep": {"task": "changes.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "producer-lab": {"task": "lab.tasks.sweep_producers", "schedule": 5.0, "options": {"expires": 5}},
    "searches": {"task": "records.tasks.sweep_searches", "schedule": 5.0, "options": {"expires": 5}},
    "consumer-lab": {"task": "lab.tasks.sweep_consumers", "schedule": 5.0, "options": {"expires": 5}},
    "fault-lab": {"task": "lab.tasks.sweep_faults", "schedule": 5.0, "options": {"expires": 5}},
    "rebalances": {"task": "clusters.tasks.prune_rebalances", "schedule": 3600.0, "options": {"expires": 3600}},
    "history": {"task": "clusters.tasks.work_up_history", "schedule": 60.0, "options": {"expires": 60}},
}
