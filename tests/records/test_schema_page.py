"""The Schema tab, with a real registry behind it."""

from __future__ import annotations

import json

import pytest

from records.schema_page import difference, of_topic

V1 = {"type": "record", "name": "O", "fields": [{"name": "id", "type": "long"}]}
V2 = {**V1, "fields": [*V1["fields"], {"name": "note", "type": ["null", "string"], "default": None}]}


@pytest.fixture
def place(apicurio, cluster, a_topic):
    topic = a_topic(1).name
    for version in (V1, V2):
        apicurio.register(f"{topic}-value", json.dumps(version))
    cluster.registry_url = apicurio.url
    cluster.save()
    return f"/c/{cluster.slug}/topics/{topic}/schema/"


def test_the_newest_version_is_shown_with_its_id_and_what_changed(viewer, place):
    page = viewer.get(place).context["page"]
    assert (page.error, page.version, page.versions, page.kind) == ("", 2, [2, 1], "AVRO")
    assert json.loads("\n".join(line for _, line in page.lines)) == V2
    changed = viewer.get(place, {"version": "2", "against": "1"}).context["page"]
    added = [line.strip() for kind, line in changed.lines if kind == "added"]
    assert '"name": "note",' in added and not [
        line for kind, line in changed.lines if kind == "removed" and "note" in line
    ]


def test_the_tab_is_there_where_a_registry_is(viewer, place, cluster):
    assert "/schema/" in viewer.get(place.replace("schema/", "")).content.decode()
    cluster.registry_url = ""
    cluster.save()
    assert "/schema/" not in viewer.get(place.replace("schema/", "")).content.decode()


def test_a_registry_that_is_down_is_one_sentence(viewer, place, cluster):
    cluster.registry_url = "http://127.0.0.1:1"
    cluster.save()
    assert "The schema registry does not answer: nobody listens there." in viewer.get(place).content.decode()


def test_which_subjects_are_a_topics():
    names = ["orders-value", "orders-key", "orders", "orders-shop.Order", "orders2-value", "payments-value"]
    assert of_topic(names, "orders") == ["orders-value", "orders", "orders-key", "orders-shop.Order"]


def test_a_difference_is_lines_added_and_removed():
    assert difference("a\nb", "a\nc") == [("place", "@@ -1,2 +1,2 @@"), ("", "a"), ("removed", "b"), ("added", "c")]
