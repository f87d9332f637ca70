"""Dead letters go back to where they came from, each once, and none for ever: on a real broker."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access import policy
from access.models import Binding
from changes import service
from changes.errors import BadParams, Blocked, NotAllowed
from changes.models import Change, State
from gateway.facts import Outgoing
from live import snapshots
from records.changes.origin import attempts_of, origin_of, sent_back
from tests.changes.longs import Running, in_all, patient, read
from tests.changes.people import a_user, applied

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(user, cluster):
    def ask(topic: str, *to: str, **params: Any) -> Change:
        asked = {"topic": topic, "to": list(to), "rate": 0, **params}
        return service.propose(user, cluster, "topics.redrive", asked)

    return ask


@pytest.fixture
def dead(gateway, a_topic):
    """Two origins: one by Kafka Connect, one by Spring; one letter names nobody, one a topic that is gone."""
    orders, payments, letters = a_topic(2, 0), a_topic(1, 0), a_topic(1, 0)
    connect = (("own", b"\xff"), ("__connect.errors.topic", orders.encode()), ("__connect.errors.stage", b"X"))
    spring = (
        ("kafka_dlt-original-topic", payments.encode()),
        ("kafka_dlt-original-partition", struct.pack(">i", 0)),
    )
    for n in range(6):
        gateway.mutate.produce(Outgoing(letters, b"k%d" % n, b"\x00v%d" % n, connect if n % 2 else spring, 0))
    gateway.mutate.produce(Outgoing(letters, b"nobody", b"x", (("own", b"1"),), 0))
    gateway.mutate.produce(Outgoing(letters, b"gone", b"x", (("__connect.errors.topic", b"changes-gone"),), 0))
    return orders, payments, letters


def origins(change: Change) -> dict[str, tuple[Any, str]]:
    return {row.facts["origin"]: (row.facts["count"], row.note) for row in change.planned.rows if "origin" in row.facts}


def test_a_dry_run_says_how_many_go_where_and_writes_nothing(user, gateway, ask, dead):
    orders, payments, letters = dead
    change = ask(letters)
    found = origins(change)
    assert found[orders] == (3, "") and found[payments] == (3, "")
    assert found["changes-gone"] == (1, "There is no such topic (any more).")
    assert [f.value for f in change.planned.figures] == ["0", "3", "1", "0"]
    with pytest.raises(Blocked, match="dry run"):
        service.confirm(user, change, letters)
    assert in_all(gateway, orders) == in_all(gateway, payments) == 0


def test_they_go_back_as_they_were_with_a_count_of_attempts(user, bootstrap, gateway, ask, dead):
    orders, payments, letters = dead
    change = applied(user, ask(letters, orders, payments))
    assert change.state == State.DONE, change.reason
    assert change.result.rows[-1].found == 6
    back = read(bootstrap, orders, 2)
    assert sorted((m.key(), m.value()) for m in back) == [(b"k%d" % n, b"\x00v%d" % n) for n in (1, 3, 5)]
    headers = sorted(back, key=lambda m: m.key())[0].headers()
    assert headers == [
        ("own", b"\xff"),
        ("highwater.redrive.attempts", b"1"),
        ("highwater.redrive.from", f"{letters}-0@1".encode()),
    ]
    assert in_all(gateway, payments) == 3
    assert in_all(gateway, letters) == 8, "the dead letters stay"


def test_only_chosen_topics_get_theirs(user, gateway, ask, dead):
    orders, payments, letters = dead
    change = ask(letters, orders)
    assert any("3 records of other topics" in w or "4 records of other topics" in w for w in change.planned.warnings)
    assert applied(user, change).state == State.DONE
    assert (in_all(gateway, orders), in_all(gateway, payments)) == (3, 0)


def test_a_record_that_keeps_failing_is_left_after_so_many_attempts(user, gateway, bootstrap, ask, a_topic):
    orders, letters = a_topic(1, 0), a_topic(1, 0)
    origin = ("highwater.origin.topic", orders.encode())
    gateway.mutate.produce(Outgoing(letters, b"new", b"x", (origin,), 0))
    gateway.mutate.produce(Outgoing(letters, b"old", b"x", (origin, ("highwater.redrive.attempts", b"2")), 0))
    change = ask(letters, orders, attempts=2)
    assert change.planned.figures[3].value == "1"
    assert applied(user, change).state == State.DONE
    assert [m.key() for m in read(bootstrap, orders, 1)] == [b"new"]
    with pytest.raises(BadParams, match="was sent back 2 times already"):
        ask(letters, orders, attempts=2, first="offset:1")


def test_by_a_header_of_ones_own(user, gateway, ask, a_topic):
    orders, letters = a_topic(1, 0), a_topic(1, 0)
    gateway.mutate.produce(Outgoing(letters, b"k", b"x", (("came-from", orders.encode()),), 0))
    with pytest.raises(BadParams, match="names the topic it came from"):
        ask(letters)
    assert applied(user, ask(letters, orders, header="came-from")).state == State.DONE
    assert in_all(gateway, orders) == 1


def test_a_stop_leaves_the_rest_to_be_sent_later(user, gateway, ask, a_topic):
    orders, letters = a_topic(1, 0), a_topic(1, 0)
    writer = gateway.mutate.writer()
    for n in range(3000):
        writer.write(Outgoing(letters, b"%d" % n, b"x", (("highwater.origin.topic", orders.encode()),), 0))
    while writer.under_way:
        writer.settle(0.1)
    running = Running(user, ask(letters, orders, rate=500))
    running.has_written(200)
    patient(lambda: service.stop(user, running.row()))
    change = running.ended()
    assert change.state == State.PARTLY and change.result.rows[-1].found == in_all(gateway, orders) < 3000
    rest = service.retry(user, change)
    again = service.propose(user, change.cluster, rest.kind, rest.params | {"rate": 0})
    assert applied(user, again).state == State.DONE
    assert in_all(gateway, orders) == 3000


def test_rights_on_each_topic_are_asked(cluster, dead):
    orders, payments, letters = dead
    somebody = a_user(cluster, "operator", orders)
    Binding.objects.create(user=somebody, role="viewer", cluster=cluster, names=letters)
    policy.forget(somebody.pk)
    params = {"topic": letters, "to": [orders, payments]}
    with pytest.raises(NotAllowed, match=rf"\(records.produce\) for {payments}"):
        service.propose(somebody, cluster, "topics.redrive", params)
    assert service.propose(somebody, cluster, "topics.redrive", params | {"to": [orders]}).state == State.PLANNED


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"to": ["{letters}"]}, "not sent back into the dead-letter topic itself"),
        ({"to": ["changes-nowhere"]}, "There is no topic changes-nowhere"),
        ({"first": "offset:8"}, "There is no record of"),
        ({"attempts": 0}, "at least once"),
        ({"header": "other"}, "in other"),
    ],
)
def test_nonsense_gets_one_clear_sentence(user, cluster, dead, params, said):
    letters = dead[2]
    given = {k: [n.format(letters=letters) for n in v] if isinstance(v, list) else v for k, v in params.items()}
    with pytest.raises(BadParams, match=said):
        service.propose(user, cluster, "topics.redrive", {"topic": letters} | given)


def test_the_pages_lead_from_the_dry_run_to_the_plan(user, cluster, dead, monkeypatch):
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    orders, payments, letters = dead
    person = Client(headers={"host": "localhost"})
    person.force_login(user)
    url = reverse("records:redrive", args=[cluster.slug, letters])
    assert "Dry run" in person.get(url).content.decode()
    asked = {"first": "oldest", "last": "newest", "rate": "100", "attempts": "3", "strip": "on"}
    dry = person.post(url, asked)
    page = person.get(dry.url).content.decode()
    assert f'value="{orders}" checked' in page and 'value="changes-gone" disabled' in page
    pk = dry.url.strip("/").split("/")[1]
    planned = person.post(url, {"plan": pk, "to": [orders, payments]})
    page = person.get(planned.url).content.decode()
    assert "Send 6 records back" in page
    assert person.post(url, {"plan": "nonsense", "to": [orders]}).status_code == 404
    nobody = person.post(url, {"plan": pk})
    assert person.get(nobody.url).status_code == 200


def test_headers_of_any_kind_are_read():
    assert origin_of((("__connect.errors.topic", b"a"), ("__connect.errors.topic", b"b"))) == "b"
    assert origin_of((("__connect.errors.topic", b"\xff"),)) is None
    assert origin_of((("__connect.errors.topic", None),)) is None
    assert origin_of((("x", b"a"),), "x") == "a"
    assert origin_of((("highwater.origin", b"my-topic-12 offset 345"),)) == "my-topic"
    assert origin_of((("highwater.origin", b"nonsense"),)) is None
    assert attempts_of((("highwater.redrive.attempts", b"many"),)) == 0
    again = sent_back((("highwater.redrive.attempts", b"1"), ("kafka_dlt-x", b"y")), "d-0@1", strip=True)
    assert again == (("highwater.redrive.attempts", b"2"), ("highwater.redrive.from", b"d-0@1"))
