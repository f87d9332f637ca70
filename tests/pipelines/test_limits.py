"""What an address may ask of a log store, and what a store may answer, without an end or a traceback."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.logs import http, sqlite
from pipelines.logs.asked import BARS, LogQuery
from pipelines.logs.found import MESSAGE, StoreFailed, bars
from pipelines.logs.http import HttpLogs
from pipelines.logs.sqlite import SqliteLogs
from streams.store_sqlite import SqliteStore
from tests.pipelines.test_stores import a_doc, asked, embedded

__all__ = ["embedded"]
ALL_TIMES = 253_402_300_800_000  # ms: the year 10000


@given(st.integers(-ALL_TIMES, ALL_TIMES), st.integers(1, 2 * ALL_TIMES))
def test_no_range_has_more_bars_than_can_be_drawn(since, length):
    query = LogQuery(since, since + length)
    assert (length - 1) / query.step <= BARS  # before a list of them is made
    assert len(bars(query, {})) <= BARS + 2


@pytest.mark.parametrize("before", ["abc", "5.", ".5", "1.2.3", "١.٢", f"{10**30}.1", f"1.{10**30}", "[1, 2]"])
def test_a_page_that_is_none_is_said(viewer, cluster, settings, embedded, before):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    for headers in ({}, {"HX-Request": "true"}):
        answer = viewer.get(f"/c/{cluster.slug}/logs/?before={quote(before)}", headers=headers)
        assert answer.status_code == 422
        assert answer.content.decode().count("There is no such page. Search again to begin with the newest lines.") == 1


@pytest.mark.parametrize("before", ["abc", "{}", "[1]", "[1, true]", f"[{10**30}, 1]", '["1", 2]'])
def test_a_page_that_is_none_is_not_asked_of_a_server(before):
    with pytest.raises(StoreFailed, match="There is no such page"):
        HttpLogs("http://127.0.0.1:1").search(asked("", before))


@pytest.mark.parametrize("year", ["0001", "9999", "1969", "2200"])
def test_a_year_in_which_no_line_can_be_is_said(viewer, cluster, settings, embedded, year):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    for name in ("from", "to"):
        answer = viewer.get(f"/c/{cluster.slug}/logs/", {name: f"{year}-12-31T00:00:00Z"})
        assert answer.status_code == 422
        assert "is not within the years 1970 to 2199." in answer.content.decode()


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "logs.db").write_bytes(b"this is no database " * 500)
    with pytest.raises(StoreFailed, match="The log store cannot be read: file is not a database"):
        SqliteLogs(tmp_path / "logs.db").search(asked(""))


def test_of_a_large_line_the_beginning_is_read(tmp_path):
    writer = SqliteStore(tmp_path / "logs.db")
    writer.prepare()
    writer.write([a_doc(1, "checkout", "INFO", "long " * 200_000, "")])
    (hit,) = SqliteLogs(tmp_path / "logs.db").search(asked("")).hits
    assert len(hit.message) == MESSAGE
    assert hit.fields == {"order": 1}


def test_where_only_the_newest_are_counted_it_is_said_and_shaded(viewer, cluster, settings, embedded, monkeypatch):
    settings.LOGS = {cluster.slug: str(embedded.path)}
    asked_for = {"from": "2026-09-21T14:13:00Z", "to": "2026-09-21T14:19:00Z"}
    whole = viewer.get(f"/c/{cluster.slug}/logs/", asked_for).content.decode()
    assert "not counted" not in whole and "uncounted" not in whole
    monkeypatch.setattr(sqlite, "COUNTED", 100)
    page = viewer.get(f"/c/{cluster.slug}/logs/", asked_for).content.decode()
    assert "100 or more" in page
    since = "2026-09-21 14:16:30"  # the hundredth from the end, of one line a second until 14:18:09
    assert re.search(f"the newest 100, since <time[^>]*>{since}</time>; older lines are not counted", page)
    assert '<rect class="uncounted" x="0" y="0" width="560.0" height="64">' in page  # 3.5 of 6 minutes
    assert "filler 249" in page


class Stub(BaseHTTPRequestHandler):
    """A search server with forty lines of 10,000 characters."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        source = {"@timestamp": "2026-09-21T14:13:20+00:00", "service": "a", "level": "INFO", "message": "x" * 10_000}
        hits = [{"_id": f"t-0-{n}", "_source": source, "sort": [n, n]} for n in range(40, 0, -1)][: body["size"]]
        answer = json.dumps({"hits": {"total": {"value": 40, "relation": "eq"}, "hits": hits}}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def stub():
    with HTTPServer(("127.0.0.1", 0), Stub) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_of_lines_that_are_too_large_fewer_are_asked_for(stub, monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 200_000)
    store = HttpLogs(f"http://127.0.0.1:{stub.server_port}")
    found = store.search(asked(""))
    assert [hit.offset for hit in found.hits] == list(range(40, 30, -1))
    assert (found.next, found.total) == ("[31, 31]", 40)
    assert {len(hit.message) for hit in found.hits} == {MESSAGE}
    assert all("message" in body["_source"] and "severity" not in body["_source"] for body in stub.asked)
    monkeypatch.setattr(http, "LARGEST", 5_000)
    with pytest.raises(StoreFailed, match="answered more than 5,000 bytes"):
        store.search(asked(""))
