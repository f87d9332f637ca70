"""Who asks for changes in these tests, and the worker that applies them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model

from access.models import Binding
from changes import run, service
from changes.models import Change
from clusters.models import Cluster


def a_user(cluster: Cluster, role: str, names: str = "*") -> Any:
    name = f"{role}-{uuid.uuid4().hex[:6]}"
    made = get_user_model().objects.create_user(name, f"{name}@example.com", "x")
    Binding.objects.create(user=made, role=role, cluster=cluster, names=names)
    return made


def applied(user: Any, change: Change, typed: str = "") -> Change:
    """Confirm, let the worker run, and read the row again."""
    service.confirm(user, change, typed or change.target)
    run.apply(change.pk)
    change.refresh_from_db()
    return change
