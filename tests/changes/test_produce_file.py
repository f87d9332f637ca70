"""A file is written line by line, after every line was looked at: from the page to the broker."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from changes import service
from changes.errors import BadParams
from changes.models import Change, State
from live import snapshots
from records.uploads import Upload
from tests.changes.longs import in_all, read
from tests.changes.people import applied

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(user, cluster, monkeypatch):
    monkeypatch.setattr(snapshots, "newest", lambda pk: None)
    person = Client(headers={"host": "localhost"})
    person.force_login(user)

    def send(topic: str, name: str, content: bytes, **asked):
        url = reverse("records:produce_file", args=[cluster.slug, topic])
        assert person.get(url).status_code == 200
        return person.post(url, {"file": SimpleUploadedFile(name, content), "rate": "0", **asked})

    return send


def planned(answer) -> Change:
    return Change.objects.get(pk=answer.url.strip("/").split("/")[1])


def test_a_file_is_written(user, bootstrap, a_topic, send):
    topic = a_topic(2, 0)
    lines = [json.dumps({"key": f"k{n}", "value": {"n": n}, "partition": n % 2}) for n in range(500)]
    change = planned(send(topic, "x.ndjson", "\n".join(lines).encode()))
    assert applied(user, change).state == State.DONE, change.reason
    found = read(bootstrap, topic, 2)
    assert {(m.key(), m.value(), m.partition()) for m in found} == {
        (b"k%d" % n, b'{"n": %d}' % n, n % 2) for n in range(500)
    }


def test_columns_of_csv(user, bootstrap, a_topic, send):
    topic = a_topic(1, 0)
    change = planned(send(topic, "x.csv", b"id,json,by\n7,{},me\n", columns="id = key\njson=value\nby = headers.by"))
    assert applied(user, change).state == State.DONE
    (found,) = read(bootstrap, topic, 1)
    assert (found.key(), found.value(), found.headers()) == (b"7", b"{}", [("by", b"me")])


def test_each_bad_line_is_named_and_nothing_is_planned_or_kept(gateway, a_topic, send):
    topic = a_topic(1, 0)
    answer = send(topic, "x.ndjson", b'{"value": 1}\n{\n{"value": 1, "partition": 5}\n')
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2 lines can&#x27;t be written" in page and "line 2: " in page and "line 3: there is no partition 5" in page
    assert not Change.objects.exists() and not Upload.objects.exists()
    assert in_all(gateway, topic) == 0


def test_a_file_that_is_too_large_or_missing_is_said(a_topic, send, monkeypatch):
    topic = a_topic(1, 0)
    monkeypatch.setattr("records.file_form.LARGEST", 10)
    assert "at most 10 are taken" in send(topic, "x.csv", b"value\n" + b"x" * 10).content.decode()
    assert "Choose a file." in send(topic, "x.csv", b"", file="").content.decode()


def test_through_the_api_the_text_itself_is_sent(user, cluster, bootstrap, a_topic):
    topic = a_topic(1, 0)
    params = {"topic": topic, "text": '{"value": "a"}\n{"value": "b"}', "rate": 0}
    change = applied(user, service.propose(user, cluster, "topics.produce_file", params))
    assert change.state == State.DONE
    assert [m.value() for m in read(bootstrap, topic, 1)] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"text": '{"value": 1}\n{'}, "1 line can't be written. Line 2: "),
        ({"upload": "nonsense"}, "The file is not here"),
        ({"upload": "00000000-0000-4000-8000-000000000000"}, "The file is not here"),
        ({"text": "\n"}, "There is no record in the file"),
        ({"text": "value\nx", "kind": "csv", "columns": {"y": "key"}}, "There is no column y"),
    ],
)
def test_nonsense_gets_one_clear_sentence(user, cluster, a_topic, params, said):
    with pytest.raises(BadParams, match=said):
        service.propose(user, cluster, "topics.produce_file", {"topic": a_topic(1, 0)} | params)


def test_a_file_that_is_gone_when_the_change_is_applied_writes_nothing(user, gateway, a_topic, send):
    topic = a_topic(1, 0)
    change = planned(send(topic, "x.csv", b"value\n1\n"))
    Upload.objects.all().delete()
    assert applied(user, change).state == State.REFUSED
    assert "send it again" in change.reason
    assert in_all(gateway, topic) == 0
