"""The pages of searches and what they hand out as files."""

from __future__ import annotations

import csv
import io
import json
import struct

import pytest
from confluent_kafka import Producer
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from records.models import Look, Search
from records.searches import run, service
from records.searches.models import State


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    rung = []
    monkeypatch.setattr(service, "send", rung.append)
    return rung


@pytest.fixture
def operator(cluster) -> Client:
    return a_client(cluster, "operator")


def a_client(cluster, role: str, names: str = "reader-*") -> Client:
    client = Client(headers={"host": "localhost"})
    user = User.objects.create(username=f"{role} {names}", email=f"{role}@example.com")
    Binding.objects.create(user=user, role=role, cluster=cluster, names=names)
    client.force_login(user)
    return client


@pytest.fixture
def searched(cluster, operator, a_topic, rung):
    """Asked through the page, run to its end."""

    def searched(topic, **words) -> Search:
        answer = operator.post(f"/c/{cluster.slug}/topics/{topic.name}/search/", words)
        assert answer.status_code == 302, answer.content
        run.run(rung.pop())
        return Search.objects.get()

    return searched


def test_it_is_estimated_before_it_begins(viewer, cluster, a_topic):
    page = viewer.get(f"/c/{cluster.slug}/topics/{a_topic(3, 3000).name}/search/?filter=77&start=live").content.decode()
    assert "3,000" in page or "3.0 k" in page
    assert "a sample of 3,000 records" in page and "Search for “77”" in page


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"where": "value.n >"}, "ends"),
        ({"until": "yesterday"}, "A start is"),
        ({"partition": "9"}, "There is no partition 9"),
        ({"filter": "x" * 1001}, "at most 1,000"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_lost(viewer, cluster, a_topic, words, sentence):
    url = f"/c/{cluster.slug}/topics/{a_topic(1, 3).name}/search/"
    for answer in (viewer.get(url, words), viewer.post(url, words)):
        assert answer.status_code == 422
        assert (
            sentence in answer.content.decode()
            and next(iter(words.values()))[:20].replace(">", "&gt;") in answer.content.decode()
        )
    assert not Search.objects.exists()


def test_it_is_begun_listed_looked_at_and_its_rows_come_as_json(searched, operator, viewer, cluster, a_topic):
    topic = a_topic(2, 1000)
    search = searched(topic, filter="record 99")
    assert topic.name in operator.get(f"/c/{cluster.slug}/searches/").content.decode()
    url = search.get_absolute_url()
    assert "11 found in 1,000 records: all of 2 partitions" in operator.get(url).content.decode()
    body = operator.get(f"{url}rows/?after=9").json()
    assert len(body["rows"]) == 2 and (body["total"], body["under_way"]) == (11, False)
    assert {row[5][1] for row in operator.get(f"{url}rows/").json()["rows"]} >= {"record 99", "record 999"}
    # The address may be opened by who may read the topic; steering is for who began it.
    assert viewer.get(url).status_code == 200
    assert viewer.post(f"{url}resume/").status_code == 404


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_the_api_does_all_of_it(operator, viewer, cluster, a_topic, rung):
    topic = a_topic(2, 1000)
    base = f"/api/v1/clusters/{cluster.slug}"

    def post(path: str, body: dict | None = None, who: Client = operator, status: int = 200) -> dict:
        answer = who.post(base + path, body or {}, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    estimate = post(f"/topics/{topic.name}/searches/estimate", {"filter": "99"})
    assert (estimate["records"], estimate["leaderless"]) == (1000, []) and estimate["rate"] > 0
    assert "After a ." in post(f"/topics/{topic.name}/searches", {"where": "value."}, status=422)["error"]
    begun = post(f"/topics/{topic.name}/searches", {"filter": "record 99", "start": "offset:100"})
    one = f"/searches/{begun['id']}"
    assert begun["state"] == "waiting" and begun["asked"] == {"filter": "record 99", "start": "offset:100"}
    run.run(rung.pop())
    ended = operator.get(base + one).json()
    assert (ended["state"], ended["complete"], ended["found"], ended["scanned"]) == ("done", True, 10, 800)
    assert ended["partitions"][0] == {"partition": 0, "start": 100, "at": 500, "end": 500}
    rows = operator.get(f"{base}{one}/rows?after=8&limit=5").json()
    assert (len(rows["items"]), rows["total"], rows["next"]) == (2, 10, 10)
    assert [item["id"] for item in operator.get(f"{base}/searches").json()["items"]] == [begun["id"]]
    assert post(f"{one}/resume", status=409)["code"] == "not_resumable"
    assert post(f"{one}/cancel", who=viewer, status=403)["code"] == "forbidden"
    assert viewer.get(f"{base}{one}/export").status_code == 403
    assert len(b"".join(operator.get(f"{base}{one}/export?format=csv")).splitlines()) == 11


def test_who_may_not_read_the_topic_does_not_know_of_it(searched, cluster, a_topic):
    url = searched(a_topic(1, 3)).get_absolute_url()
    stranger = a_client(cluster, "viewer", "orders-*")
    for rest in ("", "state/", "rows/", "export/"):
        assert stranger.get(url + rest).status_code == 404
    for rest in ("pause/", "cancel/", "resume/"):
        assert stranger.post(url + rest).status_code == 404
    assert "Nobody has searched here" in stranger.get(f"/c/{cluster.slug}/searches/").content.decode()


def test_nothing_found_says_what_was_looked_at(searched, operator, a_topic):
    search = searched(a_topic(3, 300), filter="no such thing")
    said = operator.get(search.get_absolute_url()).content.decode()
    assert "No record matches. All of 3 partitions was read up to the ends at its start: 300 records." in said


def test_one_that_waits_is_cancelled_and_begun_again(operator, cluster, a_topic, rung):
    operator.post(f"/c/{cluster.slug}/topics/{a_topic(1, 3).name}/search/")
    url = Search.objects.get().get_absolute_url()
    operator.post(f"{url}cancel/")
    assert Search.objects.get().state == State.CANCELLED
    operator.post(f"{url}resume/")
    run.run(rung[-1])
    assert Search.objects.get().complete


@pytest.fixture
def exported(searched, operator, a_topic, bootstrap):
    topic = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap})
    for value, key, headers in (
        (b'{ "n": 1.50000000000000000000001,\n "html": "<b>" }', b"=1+1", [("trace", b"8f2c")]),
        (b"\x00\xff\xfe\x80", None, []),
        (None, b"-12.5", []),
        (b'a "quoted"\nline', b"@SUM(A1)", []),
    ):
        producer.produce(topic.name, value, key, headers=headers, timestamp=1_700_000_000_000)
    producer.flush(20)
    search = searched(topic)

    def get(**asked) -> bytes:
        answer = operator.get(f"{search.get_absolute_url()}export/", asked)
        assert answer.status_code == 200, answer.content
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        return b"".join(answer)

    return get


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_ndjson_keeps_json_and_says_what_is_none(exported):
    lines = exported().split(b"\n")
    assert lines[0].startswith(b'{"partition":0,"offset":0,"timestamp":"2023-11-14T22:13:20.000Z","key":"=1+1",')
    assert b'"value":{"n":1.50000000000000000000001,"html":"<b>"},"headers":[["trace","8f2c"]]' in lines[0]
    values = [json.loads(line)["value"] for line in lines[1:-1]]
    assert values == [{"hex": "00fffe80"}, None, 'a "quoted"\nline']


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_csv_guards_formulas_and_has_the_columns_asked_for(exported):
    text = exported(format="csv", columns="offset,key,headers").decode()
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == ["offset", "key", "headers"]
    assert rows == [["0", "'=1+1", "trace=8f2c"], ["1", "", ""], ["2", "-12.5", ""], ["3", "'@SUM(A1)", ""]]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_columns_by_path_are_in_the_rows_and_in_csv(searched, operator, a_topic):
    topic = a_topic(1, 2, '{{"user": {{"id": "=u{n}"}}, "text": "' + "x" * 5000 + '"}}')
    url = searched(topic, columns="value.user.id, value.text").get_absolute_url()
    row = operator.get(f"{url}rows/").json()["rows"][1]
    assert [(shown[1][:3], shown[3]) for shown in row[8]] == [("=u1", False), ("xxx", True)]

    def export(**asked) -> list[list[str]]:
        text = b"".join(operator.get(f"{url}export/", {"format": "csv"} | asked)).decode()
        return list(csv.reader(io.StringIO(text, newline="")))

    head, first, _ = export()
    assert head == ["partition", "offset", "timestamp", "key", "value", "headers", "value.user.id", "value.text"]
    assert first[6:] == ["'=u0", "x" * 4096 + "… (cut)"]
    assert export(columns="value.user.id,offset")[1:] == [["'=u0", "0"], ["'=u1", "1"]]
    assert operator.get(f"{url}export/", {"format": "csv", "columns": "value.other"}).status_code == 400


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_raw_bytes_are_what_kafka_has(exported):
    assert exported(format="lines").endswith(b'\x00\xff\xfe\x80\n\na "quoted"\nline\n')
    data, found = exported(format="framed"), []
    while data:
        (size,) = struct.unpack(">i", data[:4])
        found.append(None if size < 0 else data[4 : 4 + size])
        data = data[4 + max(0, size) :]
    assert found[2:6] == [None, b"\x00\xff\xfe\x80", b"-12.5", None]


def test_who_may_only_read_exports_nothing_and_who_exports_is_on_record(searched, operator, viewer, a_topic):
    url = f"{searched(a_topic(1, 3)).get_absolute_url()}export/"
    assert viewer.get(url).status_code == 403
    assert operator.get(url, {"format": "xml"}).status_code == 400
    assert operator.get(url, {"format": "csv", "columns": "secret"}).status_code == 400
    assert operator.get(url).status_code == 200
    assert list(Look.objects.values_list("did", flat=True)) == ["export", "search"]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_who_looked_is_listed_with_links_until_what_was_found_is_gone(searched, operator, cluster, a_topic):
    topic, admin = a_topic(1, 3), a_client(cluster, "admin")
    search = searched(topic, filter="record 1")
    operator.get(f"/c/{cluster.slug}/topics/{topic.name}/records/csv/", {"start": "oldest", "filter": "<b>"})
    listed = f"/c/{cluster.slug}/searches/looks/"
    assert operator.get(listed).status_code == 403
    assert "Who looked" in admin.get(f"/c/{cluster.slug}/searches/").content.decode()
    said = admin.get(listed).content.decode()
    assert f'href="{search.get_absolute_url()}"' in said and "“record 1”" in said
    assert f'href="/c/{cluster.slug}/topics/{topic.name}/?start=oldest&amp;filter=%3Cb%3E"' in said
    assert "a page: “&lt;b&gt;”" in said and "<b>”" not in said
    newest = Look.objects.order_by("-pk")[0]
    assert "exported" not in admin.get(listed, {"before": newest.pk}).content.decode()
    search.delete()
    assert "what it found is gone" in admin.get(listed).content.decode()


def test_bytes_of_what_is_hidden_do_not_go_out(searched, operator, cluster, a_topic):
    cluster.masks = [["reader-*", "value", "email", ""]]
    cluster.save()
    topic = a_topic(1, 3, '{{"email":"e{n}"}}')
    url = f"{searched(topic).get_absolute_url()}export/"
    for format in ("lines", "framed"):
        assert operator.get(url, {"format": format}).status_code == 403
