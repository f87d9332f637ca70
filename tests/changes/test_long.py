"""Changes that run long: told as they go, stopped with exact counts, counted from Kafka when their worker dies."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.signals import worker_shutting_down
from django.db import connection
from django.test import Client
from django.utils import timezone

from changes import progress, run, service, sweeping
from changes.errors import BadParams, NotAllowed, NotOpen
from changes.models import Change, State
from gateway.facts import Outgoing
from tests.changes.longs import Running, in_all, looked_at_later, patient, soon
from tests.changes.people import a_user, applied
from topics.changes.facts import id_now, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(user, cluster):
    def ask(topic: str, count: int = 1000, rate: int = 0, **params: Any) -> Change:
        asked = {"topic": topic, "key": "k{{i}}", "value": '{"n":{{i}}}', "count": count, "rate": rate, **params}
        return service.propose(user, cluster, "topics.produce_many", asked)

    return ask


def test_all_are_written_and_counted_by_the_brokers(user, gateway, ask, a_topic):
    topic = a_topic(3, 0)
    change = applied(user, ask(topic, 5000))
    assert change.state == State.DONE, change.reason
    whole = change.result.rows[-1]
    assert (whole.name, whole.wanted, whole.found, whole.state) == ("records", 5000, 5000, "ok")
    assert in_all(gateway, topic) == 5000
    assert len(change.result.rows) == 4


def test_a_stop_in_the_middle_ends_within_a_second_with_the_exact_count(user, gateway, ask, a_topic):
    topic = a_topic(3, 0)
    running = Running(user, ask(topic, 100_000, 2000))
    running.has_written(500)
    began = time.monotonic()
    patient(lambda: service.stop(user, running.row()))
    change = running.ended()
    took = time.monotonic() - began
    assert change.state == State.PARTLY
    whole = change.result.rows[-1]
    assert whole.found == in_all(gateway, topic) and 500 <= whole.found < 100_000
    assert f"Stopped by {user}" in change.reason and f"{whole.found:,} of 100,000 records are written" in change.reason
    assert took < 5  # a second on a machine that is not busy; the point is that it does not run on
    with pytest.raises(NotOpen, match="does not run any more"):
        service.stop(user, change)


def test_a_stop_before_anything_was_written_is_called_off(user, gateway, ask, a_topic):
    topic = a_topic(1, 0)
    change = ask(topic, 10)
    service.confirm(user, change, change.target)
    stopped = service.stop(user, Change.objects.get(pk=change.pk))
    assert stopped.state == State.CALLED_OFF
    assert run.apply(change.pk) is None
    assert in_all(gateway, topic) == 0


def test_a_worker_killed_in_the_middle_is_counted_from_kafka_and_nothing_is_repeated(
    user, gateway, ask, a_topic, tmp_path
):
    """Its last word is older than what it wrote: only the brokers know the number."""
    topic = a_topic(3, 0)
    change = ask(topic, 100_000, 5000)
    gateway.mutate.produce(_foreign(topic))
    service.confirm(user, change, change.target)
    worker = AWorker(change, tmp_path)
    soon(lambda: (worker.word()["progress"] or {}).get("done", 0) > 2000)
    worker.kill()
    gateway.mutate.produce(_foreign(topic))
    sweeping.sweep()
    assert Change.objects.get(pk=change.pk).state == State.RUNNING, "heard a moment ago"
    looked_at_later(change)
    assert change.state == State.PARTLY, change.reason
    assert "The worker that wrote died" in change.reason or "worker died" in change.reason
    whole = change.result.rows[-1]
    assert whole.found == in_all(gateway, topic) - 2, "two are somebody else's"
    assert whole.found >= 2000
    assert run.apply(change.pk) is None


def test_a_worker_killed_before_it_wrote_has_written_nothing(user, gateway, ask, a_topic):
    topic = a_topic(1, 0)
    change = ask(topic, 10)
    service.confirm(user, change, change.target)
    past = timezone.now() - timedelta(seconds=run.DEAD_AFTER + 1)
    Change.objects.filter(pk=change.pk).update(state=State.RUNNING, started_at=past)
    sweeping.sweep()
    change.refresh_from_db()
    assert (change.state, change.result.rows[-1].found) == (State.FAILED, 0)


def test_who_was_settled_meanwhile_writes_no_further(user, gateway, ask, a_topic):
    """A worker that stood still and wakes up finds its row taken for dead."""
    topic = a_topic(1, 0)
    running = Running(user, ask(topic, 100_000, 1000))
    running.has_written(100)
    Change.objects.filter(pk=running.pk).update(state=State.FAILED, reason="settled")
    change = running.ended()
    assert (change.state, change.reason) == (State.FAILED, "settled")
    assert in_all(gateway, topic) < 100_000


@pytest.mark.parametrize("again", [False, True])
def test_a_topic_that_goes_away_ends_it(user, gateway, ask, a_topic, again):
    topic = a_topic(1, 0)
    running = Running(user, ask(topic, 100_000, 1000))
    running.has_written(100)
    gateway.mutate.delete_topic(topic)
    if again:
        until(lambda: id_now(gateway, topic), lambda seen: seen is None)
        time.sleep(0.3)
        gateway.mutate.create_topic(topic, 1, 1, {})
    change = running.ended()
    assert f"The topic {topic} was deleted" in change.reason
    if change.state == State.UNKNOWN:  # a batch was on its way to the broker: it is looked at again
        looked_at_later(change)
    assert change.state == State.FAILED, (change.reason, change.outcome)
    if again:
        assert in_all(gateway, topic) == 0


def test_a_topic_made_anew_since_the_plan_is_not_written_to(user, gateway, ask, a_topic):
    topic = a_topic(1, 0)
    change = ask(topic)
    gateway.mutate.delete_topic(topic)
    until(lambda: id_now(gateway, topic), lambda seen: seen is None)
    gateway.mutate.create_topic(topic, 1, 1, {})
    until(lambda: id_now(gateway, topic), bool)
    assert applied(user, change).state == State.STALE
    assert in_all(gateway, topic) == 0


def test_a_record_that_kafka_refuses_ends_it_and_is_said(user, gateway, ask, a_topic):
    topic = a_topic(1, 0, **{"max.message.bytes": "2000"})
    change = applied(user, ask(topic, 3, value="{{uuid}}" * 300))
    assert change.state == State.FAILED, (change.reason, change.outcome)
    assert "Kafka did not take a record" in change.reason
    assert in_all(gateway, topic) == 0


def test_no_more_than_three_run_at_once_and_the_next_is_rung_for(user, ask, a_topic, rung):
    topic = a_topic(1, 0)
    first = ask(topic, 10)
    Change.objects.filter(pk__in=[ask(topic, 10).pk for _ in range(run.LONG_AT_ONCE)]).update(state=State.RUNNING)
    service.confirm(user, first, first.target)
    assert run.apply(first.pk) is None
    assert Change.objects.get(pk=first.pk).state == State.CONFIRMED
    other = Change.objects.filter(state=State.RUNNING).first()
    rung.clear()
    run._end(other, State.DONE, "")
    assert rung == [first.pk]
    assert run.apply(first.pk) == State.DONE


def test_the_rate_holds(user, gateway, ask, a_topic):
    topic = a_topic(1, 0)
    began = time.monotonic()
    assert applied(user, ask(topic, 600, 200)).state == State.DONE
    took = time.monotonic() - began
    assert took > 2.8  # 600 at 200 a second, but for a tenth of a second's worth at the start


def test_an_operator_writes_so_much_and_no_more(cluster, a_topic):
    topic, operator = a_topic(1, 0), a_user(cluster, "operator")
    params = {"topic": topic, "value": "x", "count": 10_000, "rate": 2000}
    assert service.propose(operator, cluster, "topics.produce_many", params).state == State.PLANNED
    for more in ({"count": 10_001}, {"rate": 2001}, {"rate": 0}):
        with pytest.raises(NotAllowed, match="produce_bulk"):
            service.propose(operator, cluster, "topics.produce_many", params | more)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"count": 0}, "1 to 1,000,000 records"),
        ({"rate": -1}, "1 to 100,000 records a second"),
        ({"partition": 9}, "has no partition 9"),
        ({"value": "{{nope}}"}, "there is no nope"),
        ({"value": '{"a":{{pick 1 2 x}}}', "value_encoding": "json"}, "is not JSON"),
        ({"key": "{{i}}", "key_encoding": "int16", "count": 10}, None),
        ({"headers": [["h", "zz"]], "headers_encoding": "hex"}, "The header h is not hex"),
        ({"timestamp": 0}, "The timestamp is in ms"),
    ],
)
def test_nonsense_gets_one_clear_sentence(ask, a_topic, params, said):
    topic = a_topic(1, 0)
    if said is None:
        assert ask(topic, **params).state == State.PLANNED
        return
    with pytest.raises(BadParams, match=said):
        ask(topic, **{"count": 100} | params)


def test_a_worker_that_is_shut_down_stops_and_says_so(user, gateway, ask, a_topic):
    topic = a_topic(1, 0)
    running = Running(user, ask(topic, 100_000, 500))
    running.has_written(100)
    worker_shutting_down.send(None)
    try:
        change = running.ended()
    finally:
        progress.leaving.clear()
    assert change.state == State.PARTLY and "The worker was shut down." in change.reason
    assert change.result.rows[-1].found == in_all(gateway, topic)


def test_it_is_told_and_stopped_through_the_api(user, ask, a_topic):
    person = Client(headers={"host": "localhost"})
    person.force_login(user)
    running = Running(user, ask(a_topic(1, 0), 100_000, 500))
    running.has_written(100)
    url = f"/api/v1/changes/{running.pk}"
    told = patient(lambda: person.get(url)).json()["progress"]
    assert told["done"] >= 100 and told["total"] == 100_000
    assert patient(lambda: person.post(f"{url}/stop", content_type="application/json")).status_code == 200
    assert running.ended().state == State.PARTLY
    assert person.post(f"{url}/stop", content_type="application/json").status_code == 409


def test_its_page_shows_how_far_it_is_and_a_stop(user, ask, a_topic):
    topic = a_topic(1, 0)
    person = Client(headers={"host": "localhost"})
    person.force_login(user)
    change = ask(topic, 100_000, 500)
    page = person.get(change.get_absolute_url()).content.decode()
    assert "k0" in page and "{&quot;n&quot;:2}" in page, "the first three are shown"
    running = Running(user, change)
    running.has_written(50)
    page = patient(lambda: person.get(f"{change.get_absolute_url()}state/")).content.decode()
    assert "<progress" in page and "of <span" in page and "/stop/" in page
    assert patient(lambda: person.post(f"{change.get_absolute_url()}stop/")).status_code == 302
    assert running.ended().state == State.PARTLY
    page = person.get(change.get_absolute_url()).content.decode()
    assert "in all" in page and "of 100,000" in page


def _foreign(topic: str) -> Outgoing:
    return Outgoing(topic, b"foreign", b"x", partition=0)


class AWorker:
    """A process of its own that carries a change out, on a copy of the tests' database: that one is in memory."""

    def __init__(self, change: Change, folder: Path) -> None:
        self.file, self.pk = folder / "copy.sqlite3", change.pk
        connection.cursor().execute("VACUUM INTO %s", [str(self.file)])
        code = "from changes import run; run.send = lambda pk: None; from uuid import UUID; "
        code = f"import django; django.setup(); {code} run.apply(UUID({str(change.pk)!r}))"
        env = {**os.environ, "HIGHWATER_DATABASE_URL": f"sqlite:///{self.file}"}
        self.process = subprocess.Popen([sys.executable, "-c", code], env=env)

    def word(self) -> dict[str, Any]:
        """What it told last."""
        with sqlite3.connect(self.file) as copy:
            columns = "state, progress, started_at, beat_at"
            found = copy.execute(f"SELECT {columns} FROM changes_change WHERE id = ?", [self.pk.hex]).fetchone()
        values = dict(zip(columns.split(", "), found, strict=True))
        return values | {"progress": json.loads(values["progress"] or "null")}

    def kill(self) -> None:
        """And its last word is in the tests' database."""
        self.process.kill()
        self.process.wait()
        word = self.word()
        now = timezone.now()
        Change.objects.filter(pk=self.pk).update(
            state=word["state"], progress=word["progress"], started_at=now, beat_at=now
        )
