"""The same questions to every log store."""

from __future__ import annotations

import json

import pytest

from pipelines.logs import http
from pipelines.logs.asked import PAGE, Asked
from pipelines.logs.found import LogStore, StoreFailed
from pipelines.logs.http import HttpLogs
from pipelines.logs.sqlite import SqliteLogs
from streams.store_http import PREFIX, HttpStore
from streams.store_sqlite import SqliteStore
from streams.stored import Busy, Store, doc_of
from tests.search_servers import each

pytestmark = pytest.mark.xdist_group("opensearch")  # one server for all who ask for it
BEGAN = 1_790_000_000_000  # 2026-09-21T14:13:20Z
LATER = BEGAN + 2_400_000
LINES = [
    ("checkout", "INFO", "order 17 placed", ""),
    ("checkout", "ERROR", "card declined for order 18", "8f2c"),
    ("catalog", "WARN", "search took 900 ms", ""),
    ("checkout", "FATAL", 'out of memory: "heap" (a OR b) NEAR', "8f2c"),
]


def a_doc(n: int, service: str, level: str, message: str, trace: str):
    ts = f"2026-09-21T14:{13 + n // 60:02}:{n % 60:02}+00:00"
    body = {"@timestamp": ts, "service": service, "level": level, "message": message, "trace_id": trace}
    return doc_of("logs-enriched", n % 3, n, json.dumps(body | {"fields": {"order": n}}).encode())


def filled(writer: Store) -> None:
    writer.prepare()
    lines = [a_doc(n, *line) for n, line in enumerate(LINES)]
    lines[2].body["clock_corrected"] = True
    assert writer.write(lines) == writer.write(lines) == []
    assert writer.write([a_doc(60 + n, "bulk", "INFO", f"filler {n}", "") for n in range(250)]) == []


@pytest.fixture
def embedded(tmp_path) -> SqliteLogs:
    filled(SqliteStore(tmp_path / "logs.db"))
    return SqliteLogs(tmp_path / "logs.db")


@pytest.fixture(scope="session")
def searched(search_server) -> HttpLogs:
    filled(HttpStore(search_server.url))
    search_server.ask("POST", "/highwater-logs-*/_refresh")
    return HttpLogs(search_server.url)


@pytest.fixture
def store(search_server, request) -> LogStore:
    return request.getfixturevalue("searched" if search_server else "embedded")


every_store = pytest.mark.parametrize(
    "search_server", [pytest.param("", id="embedded"), *each()], indirect=True, scope="session"
)


def asked(q: str, before: str = "", **params: str):
    return Asked.of({"q": q, "from": "2026-09-21T14:00:00Z", "to": "2026-09-21T15:00:00Z"} | params).query(
        BEGAN, before
    )


@every_store
@pytest.mark.parametrize(
    ("q", "offsets"),
    [
        ("declined", [1]),
        ("order -declined -filler", [0]),
        ('"card declined"', [1]),
        ('"declined card"', []),
        ("service:checkout", [3, 1, 0]),
        ("service:checkout level:error,fatal", [3, 1]),
        ("-service:checkout -service:bulk", [2]),
        ("trace:8f2c", [3, 1]),
        ('(a OR b) NEAR "heap"', [3]),
        ("ORDER", [1, 0]),
    ],
)
def test_what_is_found(store, q, offsets):
    found = store.search(asked(q))
    assert [hit.offset for hit in found.hits] == offsets
    assert found.total == len(offsets)


@every_store
def test_pages_follow_each_other_without_a_hole(store):
    seen, before = [], ""
    while True:
        found = store.search(asked("service:bulk", before))
        seen += [hit.offset for hit in found.hits]
        assert len(found.hits) <= PAGE
        before = found.next
        if not before:
            break
    assert seen == list(range(309, 59, -1))


@every_store
def test_counts_by_service_level_and_time(store):
    found = store.search(asked(""))
    assert found.services[0] == ("bulk", 250)
    assert dict(found.levels)["FATAL"] == 1
    assert sum(bar.lines for bar in found.bars) == found.total == 254
    assert found.corrected == 1
    assert sum(bar.errors for bar in found.bars) == 2
    assert found.hits[-1].fields == {"order": 210}


def test_a_store_that_is_not_there_yet_is_said(tmp_path):
    with pytest.raises(StoreFailed, match="not there yet"):
        SqliteLogs(tmp_path / "none.db").search(asked(""))


def test_a_server_that_is_away_or_refuses_is_said_in_words(searched, search_server):
    with pytest.raises(StoreFailed, match="does not answer"):
        HttpLogs("http://127.0.0.1:1").search(asked(""))
    with pytest.raises(StoreFailed, match="There is no such page"):
        searched.search(asked("", before="nonsense"))


def test_refused_lines_come_back_with_the_servers_words_and_the_others_are_kept(searched, search_server):
    writer = HttpStore(search_server.url)
    good, bad = a_doc(900, "odd", "INFO", "fine", ""), a_doc(901, "odd", "INFO", "not fine", "")
    bad.body["severity"] = "very"
    (rejected,) = writer.write([good, bad])
    assert rejected.number == 1
    assert rejected.why.startswith("400 ") and "failed to parse field [severity]" in rejected.why
    search_server.ask("POST", "/highwater-logs-*/_refresh")
    assert [hit.message for hit in searched.search(asked("service:odd")).hits] == ["fine"]
    search_server.ask("DELETE", f"/highwater-logs-2026.09.21/_doc/{good.id}?refresh=true")


def test_a_read_only_index_is_waited_for_and_nothing_is_thrown_away(search_server):
    writer = HttpStore(search_server.url, prefix="full")
    writer.prepare()
    doc = a_doc(1, "full", "INFO", "kept", "")
    writer.write([doc])
    search_server.ask("PUT", "/full-*/_settings", {"index.blocks.read_only_allow_delete": True})
    with pytest.raises(Busy, match="cluster_block_exception"):
        writer.write([doc])
    search_server.ask("PUT", "/full-*/_settings", {"index.blocks.read_only_allow_delete": None})
    assert writer.write([doc]) == []


def test_old_indices_are_deleted_by_their_day(search_server):
    writer = HttpStore(search_server.url, prefix="aged")
    writer.prepare()
    writer.write([a_doc(1, "aged", "INFO", "old", "")])
    writer.forget("2026-09-22")
    assert search_server.ask("GET", "/_cat/indices/aged-*?format=json") == []


def test_what_others_keep_under_such_names_is_neither_deleted_nor_covered_by_our_template(search_server):
    writer = HttpStore(search_server.url)
    writer.prepare()
    names = ["logs-2020.01.01", "logs-1", *(f"{PREFIX}-{rest}" for rest in ("000001", "2020-archive", "2020.01.01-x"))]
    for name in names:
        search_server.ask("PUT", f"/{name}")
    writer.forget("2026-09-21")
    left = {found["index"] for found in search_server.ask("GET", "/_cat/indices?format=json")}
    assert set(names) <= left
    assert search_server.ask("GET", "/logs-1/_mapping")["logs-1"]["mappings"] == {}
    search_server.ask("DELETE", f"/{','.join(names)}")


def test_a_day_that_is_not_deleted_is_said(monkeypatch):
    writer = HttpStore("http://search.example")
    refused = {"error": {"type": "security_exception", "reason": "no permissions for [indices:admin/delete]"}}
    answers = {"GET": (200, [{"index": f"{PREFIX}-2026.11.01"}]), "DELETE": (403, refused)}
    monkeypatch.setattr(writer, "_ask", lambda method, *_: answers[method])
    with pytest.raises(Busy, match=r"highwater-logs-2026\.11\.01 was not deleted: 403 security_exception: no perm"):
        writer.forget("2026-11-21")
    answers["DELETE"] = (404, {"error": {"type": "index_not_found_exception"}})
    writer.forget("2026-11-21")


@pytest.mark.parametrize("body", [{"@timestamp": LATER}, {"@timestamp": LATER, "service": "odd", "message": ["x"]}])
def test_a_document_of_somebody_else_breaks_nothing(searched, search_server, body):
    search_server.ask("PUT", f"/{PREFIX}-2026.09.21/_doc/foreign?refresh=true", body)
    try:
        assert [hit.offset for hit in searched.search(asked("")).hits] == list(range(309, 309 - PAGE + 1, -1))
    finally:
        search_server.ask("DELETE", f"/{PREFIX}-2026.09.21/_doc/foreign?refresh=true")


def test_the_sink_and_the_console_mean_the_same_indices():
    assert PREFIX == http.PREFIX
