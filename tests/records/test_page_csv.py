"""One page of records as CSV, with a real broker: the same rows, nothing that is hidden, and on record."""

from __future__ import annotations

import csv
import io

import pytest
from confluent_kafka import Producer
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from records.models import Look
from tests.reader.conftest import WITHIN

pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
HEAD = ["partition", "offset", "timestamp", "key", "value", "headers"]


@pytest.fixture
def somebody(cluster):
    def make(role: str) -> Client:
        client = Client(headers={"host": "localhost"})
        user = User.objects.create(username=role, email=f"{role}@example.com")
        Binding.objects.create(user=user, role=role, cluster=cluster, names="reader-*")
        client.force_login(user)
        return client

    return make


@pytest.fixture
def topic(a_topic, bootstrap) -> str:
    made = a_topic(1)
    producer = Producer({"bootstrap.servers": bootstrap})
    for n, (key, value, headers) in enumerate(
        (
            ("=1+1", '{"user": {"email": "ada@example.com"}, "n": -5}', [("trace", b"8f2c"), ("none", None)]),
            (None, "@SUM(A1)", [(f"h{i}", b"x" * 4000) for i in range(4)]),
            ("-12.5", None, []),
            ("k", "v" * 9000, []),
        )
    ):
        producer.produce(made.name, value, key, 0, headers=headers, timestamp=1_700_000_000_000 + n)
    assert producer.flush(WITHIN) == 0
    return made.name


def read(client: Client, cluster, topic: str, **asked: str) -> list[list[str]]:
    answer = client.get(f"/c/{cluster.slug}/topics/{topic}/records/csv/", asked)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"] == f'attachment; filename="{topic}-page.csv"'
    return list(csv.reader(io.StringIO(b"".join(answer).decode(), newline="")))


def test_it_has_the_rows_of_the_page_guarded_and_says_what_is_cut(somebody, cluster, topic):
    head, *rows = read(somebody("operator"), cluster, topic, start="oldest")
    assert head == HEAD
    value = '{"user": {"email": "ada@example.com"}, "n": -5}'
    assert rows[0] == ["0", "0", "2023-11-14T22:13:20.000Z", "'=1+1", value, "trace=8f2c; none="]
    assert rows[1][4] == "'@SUM(A1)"
    assert rows[1][5].endswith("… (cut); … and 1 more") and len(rows[1][5]) < 8300
    assert rows[2][3:] == ["-12.5", "", ""]
    assert rows[3][4] == "v" * 8192 + "… (cut)"


def test_it_is_narrowed_as_the_page_is_and_has_its_columns(somebody, cluster, topic):
    operator = somebody("operator")
    asked = {"start": "newest", "where": "value.n < 0", "columns": "value.user.email,value.n,value.none"}
    assert read(operator, cluster, topic, **asked)[0] == [*HEAD, "value.user.email", "value.n", "value.none"]
    assert [row[6:] for row in read(operator, cluster, topic, **asked)[1:]] == [["ada@example.com", "-5", ""]]
    assert len(read(operator, cluster, topic, start="newest", limit="2")) == 3


@pytest.mark.parametrize("start", ["newest", "oldest"])
def test_one_of_large_bytes_ends_early_and_says_where_it_goes_on(somebody, cluster, a_topic, bootstrap, start):
    made, data = a_topic(2), b"\xfe\x00" * 5000
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "lz4"})
    for n in range(500):  # 72 KB of each: key, value and header, of which every byte is three in hex
        producer.produce(made.name, data, data, n % 2, headers=[("n", b"%d" % n), ("data", data)])
        producer.poll(0)
    assert producer.flush(WITHIN) == 0
    operator = somebody("operator")
    address, query, found = f"/c/{cluster.slug}/topics/{made.name}/records/csv/", f"?start={start}&limit=500", []
    while query:
        answer = operator.get(address + query)
        head, *rows = csv.reader(io.StringIO(b"".join(answer).decode(), newline=""))
        assert head == HEAD and 0 < len(rows) < 500
        found += [(row[0], row[1]) for row in rows]
        query = answer.headers["Link"].removeprefix("<").removesuffix('>; rel="next"') if "Link" in answer else ""
    assert len(found) == len(set(found)) == 500


def test_it_has_nothing_that_is_hidden(somebody, cluster, topic):
    cluster.masks = [["reader-*", "value", "user.email", ""]]
    cluster.save()
    _, row, *_ = read(somebody("operator"), cluster, topic, start="oldest", columns="value.user.email")
    assert row[4] == '{"user": {"email": "•••"}, "n": -5}' and row[6] == "•••"
    address = f"/c/{cluster.slug}/topics/{topic}/records/csv/?start=oldest&unmask=1"
    assert somebody("viewer").get(address).status_code == 403
    _, shown, *_ = read(somebody("admin"), cluster, topic, start="oldest", columns="value.user.email", unmask="1")
    assert shown[6] == "ada@example.com"
    assert sorted(Look.objects.values_list("actor_name", "did")) == [
        ("admin", "export"),
        ("admin", "unmask"),
        ("operator", "export"),
    ]


def test_who_may_only_read_exports_nothing_and_what_cannot_be_asked_is_said(somebody, cluster, topic):
    address = f"/c/{cluster.slug}/topics/{topic}/records/csv/"
    assert somebody("viewer").get(address).status_code == 403
    refused = somebody("operator").get(address, {"columns": "size"})
    assert refused.status_code == 400 and "is no column" in refused.json()["sentence"]
    assert not Look.objects.exists()
