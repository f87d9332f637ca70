"""The life of any change: confirmed once, applied at most once, whatever dies, and never left without an end."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from access.models import Binding
from changes import run, service, sweeping
from changes.errors import BadParams, NotAllowed, NotTyped, NoUndo, OutOfDate, UnknownKind
from changes.models import Change, State
from gateway.errors import TimedOut
from gateway.facts import TopicPartition
from tests.changes.people import a_user, applied

pytestmark = pytest.mark.django_db

KIND = "groups.reset_offsets"


@pytest.fixture
def group(a_topic, a_group) -> str:
    return a_group(a_topic(1, 5), 3)


@pytest.fixture
def planned(user, cluster, group) -> Change:
    return service.propose(user, cluster, KIND, {"group": group, "to": "earliest"})


def as_if_since(change: Change, **seconds: float) -> None:
    """Moves the times of a change into the past."""
    values = {name: timezone.now() - timedelta(seconds=ago) for name, ago in seconds.items()}
    Change.objects.filter(pk=change.pk).update(**values)


def test_fifty_confirmations_at_once_have_one_effect(group, bootstrap, tmp_path):
    """In a process of its own, on the database as it is shipped: a file, WAL, one connection a thread."""
    script = Path(__file__).with_name("fifty.py")
    surroundings = {**os.environ, "HIGHWATER_DATA": str(tmp_path), "PYTHONPATH": str(script.parents[2])}
    told = subprocess.run(
        [sys.executable, str(script), bootstrap, group], env=surroundings, capture_output=True, text=True, timeout=100
    )
    assert told.stdout.split() == ["done", "writes=1", "raised=0"], told.stderr[-3000:]


def test_the_same_form_sent_twice_is_one_change(user, cluster, group):
    first = service.propose(user, cluster, KIND, {"group": group, "to": "earliest"}, key="form-1")
    assert service.propose(user, cluster, KIND, {"group": group, "to": "earliest"}, key="form-1") == first
    other = a_user(cluster, "admin")
    assert service.propose(other, cluster, KIND, {"group": group, "to": "earliest"}, key="form-1") != first


def test_a_second_confirmation_shows_the_first(user, planned):
    applied(user, planned)
    assert service.confirm(user, planned).state == State.DONE


def test_two_changes_of_one_target_never_run_together(user, cluster, group, rung):
    first = service.propose(user, cluster, KIND, {"group": group, "to": "earliest"})
    second = service.propose(user, cluster, KIND, {"group": group, "to": "latest"})
    for change in (first, second):
        service.confirm(user, change)
    Change.objects.filter(pk=first.pk).update(state=State.RUNNING, started_at=timezone.now())
    assert run.apply(second.pk) is None
    second.refresh_from_db()
    assert second.state == State.CONFIRMED
    rung.clear()
    run.look(first, None, settled=True)
    assert rung == [second.pk], "the end of the first rings for the one that waits"


def test_a_plan_older_than_ten_minutes_is_out_of_date(user, planned):
    as_if_since(planned, created_at=601)
    with pytest.raises(OutOfDate, match="10 minutes"):
        service.confirm(user, planned)
    planned.refresh_from_db()
    assert planned.state == State.STALE


def test_production_asks_for_the_name(user, cluster, planned):
    cluster.environment = "production"
    cluster.save()
    for wrong in ("", planned.target[:-1], planned.target.upper()):
        with pytest.raises(NotTyped, match=planned.target):
            service.confirm(user, planned, wrong)
    assert service.confirm(user, planned, planned.target).state == State.CONFIRMED


@pytest.mark.parametrize("role", ["viewer", "nobody"])
def test_who_may_not_is_refused_and_the_attempt_is_kept(cluster, group, role, planned, committed):
    person = a_user(cluster, role)
    with pytest.raises(NotAllowed, match=r"needs the role operator or admin"):
        service.propose(person, cluster, KIND, {"group": group, "to": "latest"})
    with pytest.raises(NotAllowed):
        service.confirm(person, planned)
    kept = Change.objects.filter(actor=person)
    assert [change.state for change in kept] == [State.REFUSED, State.REFUSED]
    planned.refresh_from_db()
    assert planned.state == State.PLANNED
    assert committed(group) == {0: 3}


def test_a_name_outside_the_role_is_refused(cluster, group):
    person = a_user(cluster, "operator", names="team-a-*")
    with pytest.raises(NotAllowed):
        service.propose(person, cluster, KIND, {"group": group, "to": "latest"})


def test_a_role_taken_away_before_the_worker_comes_stops_it(user, planned, group, committed):
    service.confirm(user, planned)
    Binding.objects.filter(user=user).delete()
    assert run.apply(planned.pk) == State.REFUSED
    assert committed(group) == {0: 3}


def test_a_cluster_made_read_only_stops_it(user, cluster, planned, group, committed):
    service.confirm(user, planned)
    cluster.read_only = True
    cluster.save()
    assert run.apply(planned.pk) == State.REFUSED
    planned.refresh_from_db()
    assert "read-only" in planned.reason
    with pytest.raises(NotAllowed, match="read-only"):
        service.propose(user, cluster, KIND, {"group": group, "to": "latest"})
    assert committed(group) == {0: 3}


def test_another_cluster_behind_the_same_address_stops_it(user, cluster, planned, group, committed):
    service.confirm(user, planned)
    cluster.kafka_id = "another-cluster"
    cluster.save()
    assert run.apply(planned.pk) == State.REFUSED
    planned.refresh_from_db()
    assert "not the cluster that was registered" in planned.reason
    with pytest.raises(BadParams, match="not the cluster that was registered"):
        service.propose(user, cluster, KIND, {"group": group, "to": "latest"})
    assert committed(group) == {0: 3}


def test_a_queue_that_is_down_keeps_the_change_and_the_sweep_rings_again(user, planned, rung):
    service.confirm(user, planned)
    rung.clear()
    sweeping.sweep()
    assert rung == [], "it has only just been confirmed"
    as_if_since(planned, confirmed_at=6)
    sweeping.sweep()
    assert rung == [planned.pk]


def test_send_survives_a_dead_queue(planned, monkeypatch):
    from kombu.exceptions import OperationalError

    from changes import tasks

    def refused(*_: object, **__: object) -> None:
        raise OperationalError("no redis")

    monkeypatch.undo()
    monkeypatch.setattr(tasks.apply_change, "apply_async", refused)
    service.send(planned.pk)


@pytest.mark.parametrize("effect", [False, True], ids=["before the write", "after the write"])
def test_a_worker_that_dies_is_settled_by_looking(user, planned, group, gateway, committed, monkeypatch, effect):
    """`apply` dies; the row stays running until the sweep looks at Kafka. Nothing is ever written twice."""

    def dies(cluster, plan):
        if effect:
            real(executor, cluster, plan)
        raise SystemExit

    executor = planned.executor
    real = type(executor).apply
    monkeypatch.setattr(executor, "apply", dies)
    service.confirm(user, planned)
    with pytest.raises(SystemExit):
        run.apply(planned.pk)
    monkeypatch.setattr(executor, "apply", lambda *_: pytest.fail("it was applied again"))
    sweeping.sweep()
    planned.refresh_from_db()
    assert planned.state == State.RUNNING, "the worker may still be at it"
    as_if_since(planned, started_at=run.DEAD_AFTER + 1)
    sweeping.sweep()
    planned.refresh_from_db()
    assert planned.state == (State.DONE if effect else State.FAILED)
    assert committed(group) == {0: 0 if effect else 3}


def test_a_call_that_timed_out_is_not_known_until_it_is_seen(user, planned, group, gateway, committed, monkeypatch):
    topic = planned.planned.rows[0].facts["topic"]
    monkeypatch.setattr(gateway.mutate, "alter_offsets", lambda *_: (_ for _ in ()).throw(TimedOut()))
    assert applied(user, planned).state == State.UNKNOWN
    monkeypatch.undo()
    gateway.mutate.alter_offsets(group, {TopicPartition(str(topic), 0): 0})  # the broker gets round to it
    as_if_since(planned, started_at=run.DEAD_AFTER + 1)
    sweeping.sweep()
    planned.refresh_from_db()
    assert planned.state == State.DONE


def test_a_call_that_timed_out_and_had_no_effect_ends_as_failed(user, planned, gateway, monkeypatch):
    monkeypatch.setattr(gateway.mutate, "alter_offsets", lambda *_: (_ for _ in ()).throw(TimedOut()))
    applied(user, planned)
    as_if_since(planned, started_at=run.DEAD_AFTER + 1)
    sweeping.sweep()
    planned.refresh_from_db()
    assert planned.state == State.FAILED
    assert planned.result.rows[0].why == str(TimedOut())


def test_a_broker_that_cannot_be_read_back_leaves_it_unknown_and_the_sweep_looks_again(user, planned, monkeypatch):
    monkeypatch.setattr(planned.executor, "verify", lambda *_: (_ for _ in ()).throw(TimedOut()))
    assert applied(user, planned).state == State.UNKNOWN
    assert "keeps looking" in planned.reason
    monkeypatch.undo()
    as_if_since(planned, started_at=run.DEAD_AFTER + 1)
    sweeping.sweep()
    planned.refresh_from_db()
    assert planned.state == State.DONE


def test_a_running_change_of_a_cluster_that_was_removed_ends(user, cluster, planned):
    service.confirm(user, planned)
    Change.objects.filter(pk=planned.pk).update(state=State.RUNNING)
    as_if_since(planned, started_at=100_000)
    cluster.delete()
    sweeping.sweep()
    planned.refresh_from_db()
    assert planned.state == State.FAILED


def test_one_change_that_cannot_be_swept_does_not_hold_up_the_others(user, cluster, group, planned, monkeypatch):
    other = service.propose(user, cluster, "groups.delete_group", {"group": group})
    for change in (planned, other):
        Change.objects.filter(pk=change.pk).update(state=State.RUNNING, lock=str(change.pk))
        as_if_since(change, started_at=run.DEAD_AFTER + 1)
    monkeypatch.setattr(planned.executor, "verify", lambda *_: 1 / 0)
    sweeping.sweep()
    other.refresh_from_db()
    assert other.state == State.FAILED


def test_the_sweep_ends_what_nobody_wants_any_more(user, planned, cluster, group):
    waiting = service.propose(user, cluster, KIND, {"group": group, "to": "latest"})
    service.confirm(user, waiting)
    as_if_since(planned, created_at=601)
    as_if_since(waiting, confirmed_at=3601)
    sweeping.sweep()
    for change in (planned, waiting):
        change.refresh_from_db()
        assert change.state == State.EXPIRED
    assert run.apply(waiting.pk) is None


def test_what_was_not_applied_cannot_be_undone(user, planned):
    with pytest.raises(NoUndo):
        service.undo(user, planned)


def test_an_unknown_kind_names_those_there_are(user, cluster):
    with pytest.raises(UnknownKind, match=r"groups\.reset_offsets"):
        service.propose(user, cluster, "groups.explode", {})


def test_the_trail_outlives_the_person_and_the_cluster(user, cluster, planned):
    applied(user, planned)
    name, where = str(user), cluster.name
    user.delete()
    cluster.delete()
    planned.refresh_from_db()
    assert (planned.actor_name, planned.confirmed_name, planned.cluster_name) == (name, name, where)
    assert planned.plan
    assert planned.outcome


def test_only_executors_touch_what_changes_kafka():
    root = Path(__file__).resolve().parents[2]
    rooms = ("access", "changes", "clusters", "console", "groups", "live", "topics", "records", "reader")
    sources = {str(path.relative_to(root)): path.read_text() for room in rooms for path in (root / room).rglob("*.py")}
    touching = {name for name, text in sources.items() if "mutate" in _attributes(text)}
    executors = {name for name in sources if "/changes/" in name}
    assert touching, "the pattern finds nothing any more"
    assert touching <= executors


def _attributes(source: str) -> set[str]:
    return {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
