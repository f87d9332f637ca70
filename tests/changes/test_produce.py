"""The form that writes records, from the page to the broker."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from access import policy
from access.models import Binding
from changes import run, service
from changes.models import Change, State
from gateway.facts import Outgoing
from live import snapshots
from tests.changes.longs import read
from tests.changes.people import a_user, applied

pytestmark = pytest.mark.django_db

HEADERS = (("trace", b"\xff\x00"), ("trace", None), ("ä:", b""))


@pytest.fixture
def person(user, monkeypatch):
    """Nothing was polled: a topic made a moment ago has a page."""
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    person = Client(headers={"host": "localhost"})
    person.force_login(user)
    return person


@pytest.mark.parametrize(
    "record",
    [
        Outgoing("", b"\x00key", b"\xfe\xffpoison", HEADERS),
        Outgoing("", b"k", b'{"a": 1}\n', (("a", b"1"), ("a", b"2"), ("none", None))),
        Outgoing("", b"", b"", ()),
        Outgoing("", None, None, (("why", b""),)),
        Outgoing("", b"{{i}}", b"\r\n{{nope}}", ()),
    ],
)
def test_a_record_is_produced_again_byte_for_byte(person, cluster, gateway, bootstrap, a_topic, record):
    topic = a_topic(1, 0)
    gateway.mutate.produce(Outgoing(topic, record.key, record.value, record.headers, 0))
    url = reverse("records:produce", args=[cluster.slug, topic])
    page = person.get(f"{url}?from=0:0")
    assert "byte for byte" in page.content.decode()
    initial = page.context["form"].initial
    sent = {n: "on" if v is True else v.replace("\n", "\r\n") for n, v in initial.items() if v is not False}
    change = Change.objects.get(pk=person.post(url, sent).url.strip("/").split("/")[1])
    service.confirm(change.actor, change, topic)
    assert run.apply(change.pk) == State.DONE
    first, again = read(bootstrap, topic, 1)
    assert (first.key(), first.value(), first.headers()) == (again.key(), again.value(), again.headers())


def test_a_record_that_is_not_there_is_said(person, cluster, a_topic):
    url = reverse("records:produce", args=[cluster.slug, a_topic(1, 1)])
    for place, said in (("0:7", "holds offsets 0 to 0; 7 is outside"), ("x", "named by its partition and offset")):
        assert said in person.get(f"{url}?from={place}").content.decode()


def test_who_may_not_read_a_record_does_not_get_it_into_a_form(person, cluster, gateway, a_topic, monkeypatch):
    topic = a_topic(1, 0)
    gateway.mutate.produce(Outgoing(topic, b"k", b"a-secret"))
    monkeypatch.setitem(policy.ROLES, "writer", frozenset({"cluster.view", "topic.view", "records.produce"}))
    user = a_user(cluster, "viewer")
    Binding.objects.filter(user=user).update(role="writer")
    policy.forget(user.pk)
    writer = Client(headers={"host": "localhost"})
    writer.force_login(user)
    page = writer.get(reverse("records:produce", args=[cluster.slug, topic]) + "?from=0:0").content.decode()
    assert "may not read records" in page and "a-secret" not in page


def test_many_from_the_form_are_previewed_planned_and_written(person, user, cluster, bootstrap, a_topic):
    topic = a_topic(2, 0)
    asked = {
        "key": "user-{{i 1}}", "value": '{"n": {{i}}, "who": "{{pick Ann Bob}}"}', "value_encoding": "json",
        "headers": "source: form", "count": "50", "rate": "0", "fill": "on", "timestamp": "1700000000000",
    }  # fmt: skip
    shown = person.post(reverse("records:preview", args=[cluster.slug, topic]), asked).content.decode()
    assert "user-1" in shown and "user-3" in shown and "user-4" not in shown
    bad = person.post(reverse("records:preview", args=[cluster.slug, topic]), asked | {"value": "{{i}"})
    assert bad.status_code == 200 and "is not JSON" in bad.content.decode()
    planned = person.post(reverse("records:produce", args=[cluster.slug, topic]), asked)
    change = Change.objects.get(pk=planned.url.strip("/").split("/")[1])
    assert change.kind == "topics.produce_many"
    assert applied(user, change).state == State.DONE, change.reason
    found = read(bootstrap, topic, 2)
    assert len(found) == 50 and {m.timestamp()[1] for m in found} == {1_700_000_000_000}
    assert {m.key() for m in found} == {b"user-%d" % n for n in range(1, 51)}
    samples = [row.facts["value"].encode() for row in change.planned.rows if row.facts]
    assert set(samples) < {m.value() for m in found}, "the preview of the plan is what was written"


def test_what_is_typed_is_kept_as_a_template_and_deleted(person, cluster, a_topic):
    topic = a_topic(1, 0)
    url = reverse("records:produce", args=[cluster.slug, topic])
    save = reverse("records:save_template", args=[cluster.slug, topic])
    assert "Give the template a name" in person.post(save, {"value": "x"}, follow=True).content.decode()
    typed = {"key": "k{{i}}", "value": "a\r\nb", "value_encoding": "json", "fill": "on", "count": "5"}
    kept = person.post(save, typed | {"template_name": " paid  event "})
    form = person.get(kept.url).context["form"]
    assert (form["key"].value(), form["value"].value(), form["count"].value()) == ("k{{i}}", "a\nb", "5")
    assert "paid event" in person.get(url).content.decode()
    again = person.post(save, {"value": "other", "template_name": "paid event"})
    assert again.url == kept.url and person.get(again.url).context["form"]["value"].value() == "other"
    pk = kept.url.rpartition("=")[2]
    person.post(reverse("records:delete_template", args=[cluster.slug, topic, pk]))
    assert "paid event" not in person.get(url).content.decode()
