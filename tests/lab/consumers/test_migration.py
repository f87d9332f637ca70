"""Runs from before there was one kind of run are still there, and still said to have broken off."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lab.consumers.models import ConsumerRun


def test_a_run_that_broke_off_before_is_kept_and_says_so(cluster, operator):
    call_command("migrate", "lab", "0003_fault_runs", verbosity=0)
    try:
        before = MigrationExecutor(connection).loader.project_state(("lab", "0003_fault_runs")).apps
        for state in ("failed", "done"):
            words = {
                "actor_id": operator.pk,
                "actor_name": "operator",
                "settings": {},
                "topic": state,
                "reason": "Why.",
            }
            before.get_model("lab", "ConsumerRun").objects.create(cluster_id=cluster.pk, state=state, **words)
    finally:
        call_command("migrate", "lab", verbosity=0)
    found = {run.topic: (run.get_state_display(), run.reason) for run in ConsumerRun.objects.all()}
    assert found == {"failed": ("broke off", "Why."), "done": ("ended", "Why.")}
