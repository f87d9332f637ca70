"""The page of one user, and what the user did: from a real topic, of exactly that user."""

from __future__ import annotations

import json
import re

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from access import policy
from access.models import Binding
from clusters.models import Cluster
from pipelines.shop.doings import READ, Doing, Doings, told
from pipelines.shop.pages import TOPICS
from reader.replies import Done, Rows
from reader.shown import Row, Shown
from tests.clusters.conftest import sign_in
from tests.pipelines.test_shop import file

__all__ = ["file"]


def row(offset: int, *columns: str) -> Row:
    shown = tuple(Shown("text" if text else "missing", text, len(text)) for text in columns)
    return Row(2, offset, 7, "create", Shown("text", "u-1", 3), Shown("json", "{", 90, True), 0, columns=shown)


@pytest.mark.parametrize(
    ("rows", "done", "found"),
    [
        ([], Done(0, 90, 0), Doings([], False, None, ())),
        (
            [row(4, "view", "lamp", ""), row(1, "", "", "")],
            Done(0, 90, 2, notes=("Read partition 2.",)),
            Doings(
                [Doing(7, "view", "lamp", "", 2, 4), Doing(7, "", "", "", 2, 1)], False, None, ("Read partition 2.",)
            ),
        ),
        ([], Done(0, 200_000, 0, complete=False), Doings([], False, 200_000, ())),
    ],
)
def test_what_was_found_and_what_was_not_read(rows, done, found):
    assert told([Rows(0, tuple(rows), ()), done]) == found


@pytest.fixture
def site(transactional_db, own_kafka, settings, file, client):
    """(cluster, client): u-1 did two things, u-12 many, among them more than are shown at once."""
    kafka = own_kafka()
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_topics([NewTopic("user-events", 3, 1)])["user-events"].result(30)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    events = [("u-12", "view", f"sofa {n}") for n in range(READ + 5)]
    for user, action, product in [("u-1", "view", "<b>"), *events, ("u-1", "add_to_cart", "lamp")]:
        producer.produce("user-events", json.dumps({"user_id": user, "action": action, "product": product}), user)
    assert producer.flush(20) == 0
    cluster = Cluster.objects.create(name="real", bootstrap=kafka.bootstrap)
    settings.SHOPS = {cluster.slug: str(file.path)}
    return cluster, sign_in(client, "viewer", cluster)


def test_the_events_are_those_of_this_user_and_not_of_one_whose_id_begins_alike(site):
    cluster, viewer = site
    page = viewer.get(f"/c/{cluster.slug}/shop/users/u-1/").content.decode()
    (url,) = re.findall(r'hx-get="(.*/events/)"', page)
    found = viewer.get(url).content.decode()
    assert re.findall(r"<bdi>(.*?)</bdi>", found)[:4] == ["add_to_cart", "lamp", "view", "&lt;b&gt;"]
    assert "sofa" not in found and "Older events" not in found
    assert re.search(r"Read partition \d \(.*where the key&#x27;s hash puts it", found)
    many = viewer.get(f"/c/{cluster.slug}/shop/users/u-12/events/").content.decode()
    assert many.count("<tr>") == 1 + READ
    assert f'href="/c/{cluster.slug}/topics/user-events/?start=newest&amp;key=u-12">Older events of this user' in many
    assert "holds no event of this user" in viewer.get(f"/c/{cluster.slug}/shop/users/nobody/events/").content.decode()
    person = Binding.objects.get().user
    Binding.objects.all().delete()
    for topic in TOPICS:
        Binding.objects.create(user=person, role="viewer", cluster=cluster, names=topic)
    policy.forget(person.pk)
    assert "None of your roles lets you read user-events." in viewer.get(url).content.decode()


def test_a_cluster_that_is_away_is_said(viewer, cluster, settings, file):
    settings.SHOPS = {cluster.slug: str(file.path)}
    answer = viewer.get(f"/c/{cluster.slug}/shop/users/u-1/events/")
    assert (answer.status_code, "could not be read: " in answer.content.decode()) == (200, True)


def test_of_who_only_looks_the_page_says_so_and_has_the_events(viewer, cluster, settings, file):
    settings.SHOPS = {cluster.slug: str(file.path)}
    answer = viewer.get(f"/c/{cluster.slug}/shop/users/nobody/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "No cart of this user is known: who only looks has none" in page
    assert f'hx-get="/c/{cluster.slug}/shop/users/nobody/events/"' in page
    file.path.unlink()
    assert "There is no view of the shop yet" in viewer.get(f"/c/{cluster.slug}/shop/users/u-1/").content.decode()
    settings.SHOPS = {}
    assert "No view of a shop is set" in viewer.get(f"/c/{cluster.slug}/shop/users/u-1/").content.decode()


@pytest.mark.parametrize(
    ("typed", "place"),
    [(" u-1 ", "users/u-1/"), ("../é", "users/~2E.~2F~C3~A9/"), (".", "users/~2E/"), ("", ""), (" ", "")],
)
def test_a_shopper_is_found_by_id(viewer, cluster, typed, place):
    answer = viewer.get(f"/c/{cluster.slug}/shop/users/", {"user": typed})
    assert (answer.status_code, answer.url) == (302, f"/c/{cluster.slug}/shop/{place}")


@pytest.mark.parametrize("name", ["~ED~A0~80", "~0A", "x" * 201])
@pytest.mark.parametrize("part", ["", "events/"])
def test_what_no_user_is_called_is_no_page(viewer, cluster, name, part):
    assert viewer.get(f"/c/{cluster.slug}/shop/users/{name}/{part}").status_code == 404
