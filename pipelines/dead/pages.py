"""What pages show alike of the dead letters of their programs."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from access.policy import allow
from clusters.health import known
from live import snapshots
from pipelines.dead.letters import DeadTopic, letters
from pipelines.dead.reasons import count
from records.unmasking import hidden_from


def reasons(request: HttpRequest, topics: Sequence[DeadTopic]) -> HttpResponse:
    """A part of a page, for who may see what was made of these records; nothing where nothing is dead."""
    user, cluster = request.user, request.cluster  # type: ignore[attr-defined]
    there = {found.topic for found in letters(known(snapshots.newest(cluster.pk)), topics)}
    dead = [topic for topic in topics if topic.name in there]
    readable = [
        t for t in dead if allow(user, "records.read", cluster, t.name) and not hidden_from(user, cluster, t.name)
    ]
    context = {"counted": count(cluster, readable), "closed": [t.name for t in dead if t not in readable]}
    return render(request, "pipelines/_reasons.html", context)
