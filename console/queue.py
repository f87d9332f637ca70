"""How Celery reaches its queue and what it may carry, for those who send tasks and those who run them."""

from __future__ import annotations

from typing import Any

from django.conf import settings

# Celery has a name of its own for a Unix socket.
BROKER = settings.REDIS_URL.replace("unix://", "redis+socket://", 1)
CONF: dict[str, Any] = {
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "task_acks_late": False,
    "worker_prefetch_multiplier": 1,
    "worker_hijack_root_logger": False,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        # Whoever sends does not wait for a queue that is down (6 s by default): the sweep sends again.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    },
    "timezone": "UTC",
}
