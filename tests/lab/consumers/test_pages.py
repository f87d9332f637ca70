"""The pages: what is asked, what was begun, what came of it."""

from __future__ import annotations

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Environment
from lab.consumers.models import ConsumerOrder, ConsumerRun
from lab.consumers.settings import Settings
from lab.runs import State
from live import snapshots
from tests.lab.consumers.test_proof import EAGER, a_ledger

HERE = "/c/real/lab/consumers/"


@pytest.fixture(autouse=True)
def nothing_polled(monkeypatch):
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    monkeypatch.setattr(snapshots, "redis_down", lambda: False)


def signed_in(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


@pytest.fixture
def page(operator) -> Client:
    return signed_in(operator)


@pytest.fixture
def onlooker(cluster) -> Client:
    user = User.objects.create(username="viewer", email="viewer@example.com")
    Binding.objects.create(user=user, role="viewer", cluster=cluster, names="*")
    return signed_in(user)


def a_run(cluster, operator, **words) -> ConsumerRun:
    ledger = a_ledger(*EAGER, ("A", 3000, "killed"), ("B", 9000, "assigned", [0]), partitions=2, wrote=40)
    ledger.heard("A", 1, [2500, "did", 0, 0, 0])
    kept = {
        "settings": msgspec.to_builtins(Settings(partitions=2)),
        "ledger": ledger.as_json(),
        "cast": [
            {"name": "A", "state": "killed", "work_ms": 2, "standing_until": 0},
            {"name": "B", "state": "running", "work_ms": 200, "standing_until": 0},
        ],
        "state": State.RUNNING,
    }
    named = {"actor": operator, "actor_name": "operator", "topic": "highwater-lab-consumers-x"}
    return ConsumerRun.objects.create(cluster=cluster, **named, **(kept | words))


def test_the_address_holds_the_settings_and_wrong_ones_are_said_where_they_are(page):
    said = page.get(f"{HERE}static-membership/?rate=77&session_ms=1").content.decode()
    assert 'name="rate" type="text" inputmode="numeric" autocomplete="off" value="77"' in said
    assert "session.timeout.ms: from 6,000 to 60,000 ms." in said and 'value="1"' in said
    assert page.get(f"{HERE}no-such/").status_code == 404


def test_begun_it_is_rung_for_with_what_was_set(page, rung):
    answer = page.post(f"{HERE}before-or-after/begin/", {"commit": "after", "by": "script"})
    run = ConsumerRun.objects.get()
    assert answer.url == run.get_absolute_url() and rung == [run.pk]
    assert (run.experiment, run.by_script, run.settings["commit"]) == ("before-or-after", True, "after")
    assert page.get(answer.url).status_code == 200
    own = page.post(f"{HERE}own/begin/", {"partitions": "3", "by": "script"})
    assert own.status_code == 302 and not ConsumerRun.objects.first().by_script
    third = page.post(f"{HERE}own/begin/", {"partitions": "5"})
    assert third.status_code == 422 and b"as many as run here" in third.content and b'value="5"' in third.content


def test_a_button_is_an_order_that_is_on_record(page, cluster, operator):
    run = a_run(cluster, operator)
    page.post(f"{HERE}runs/{run.pk}/order/", {"do": "slow", "who": "B", "value": "200"})
    order = ConsumerOrder.objects.get()
    assert (order.verb, order.who, order.value, order.actor_name) == ("slow", "B", 200, "operator")
    refused = page.post(f"{HERE}runs/{run.pk}/order/", {"do": "burn", "who": "B"}, headers={"HX-Request": "true"})
    assert b"There is no such button." in refused.content


def test_who_may_only_look_sees_it_and_finds_no_button(onlooker, page, cluster, operator):
    run = a_run(cluster, operator)
    assert b"Kill -9" in page.get(run.get_absolute_url()).content
    said = onlooker.get(run.get_absolute_url()).content
    assert b"1 of 2 partitions stopped" in said and b"Kill -9" not in said
    assert onlooker.post(f"{HERE}runs/{run.pk}/order/", {"do": "end"}).status_code == 403
    assert onlooker.post(f"{HERE}own/begin/", {}).status_code == 403
    assert b"disabled" in onlooker.get(f"{HERE}own/").content


def test_what_is_over_says_what_is_left_and_leads_back_to_its_settings(page, cluster, operator):
    run = a_run(cluster, operator, state=State.DONE, left=True, experiment="static-membership")
    said = page.get(run.get_absolute_url()).content.decode()
    assert (
        "are being deleted: a killed member is in the group until" in said
        and "hx-get" not in said.split('id="run"')[1][:200]
    )
    assert f"{HERE}static-membership/?partitions=2&amp;static=0&amp;session_ms=6000" in said
    assert page.get(f"{HERE}runs/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_the_members_of_a_dead_worker_are_not_said_to_run(page, cluster, operator):
    run = a_run(cluster, operator, state=State.STOPPED, reason="Its worker died.")
    said = page.get(run.get_absolute_url()).content.decode()
    assert "Until then" in said and ">gone<" in said and ">running<" not in said


def test_one_that_no_worker_has_taken_up_has_a_page(page, cluster, operator):
    run = a_run(cluster, operator, state=State.WAITING, ledger=None, cast=[])
    assert b"Nothing has been written yet." in page.get(run.get_absolute_url()).content


def test_a_topic_that_is_filled_no_longer_is_said_while_it_runs(page, cluster, operator):
    ledger = a_ledger(*EAGER, partitions=2, wrote=40)
    ledger.heard("", 0, [4000, "failed", "Broker: Message size too large"])
    said = page.get(a_run(cluster, operator, ledger=ledger.as_json()).get_absolute_url()).content.decode()
    assert "The generator gave up: Broker: Message size too large. Nothing was written after that" in said
    assert ">generator<" in said and "gave up: Broker: Message size too large" in said.split('id="told"')[1]


def test_a_production_cluster_is_for_who_manages_it(page, cluster):
    cluster.environment = Environment.PRODUCTION
    cluster.save()
    sentence = "real is a production cluster: only who manages it may put load on it."
    for address in ("", "own/", "max-poll-interval/"):
        assert sentence in page.get(HERE + address).content.decode()
    begun = page.post(f"{HERE}own/begin/", {})
    assert begun.status_code == 422 and sentence in begun.content.decode() and not ConsumerRun.objects.exists()


def test_a_static_member_that_left_in_order_is_what_holds_up_the_end_of_its_group(page, cluster, operator):
    settings = msgspec.to_builtins(Settings(partitions=2, static=True))
    run = a_run(cluster, operator, state=State.DONE, left=True, settings=settings)
    assert (
        "a static member that left is in the group until its session"
        in page.get(run.get_absolute_url()).content.decode()
    )
