"""Logs and events over HTTP, from a program and from a real page, on a real broker."""

from __future__ import annotations

import http.client
import http.server
import json
import re
import socket
import threading
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from confluent_kafka import KafkaError, KafkaException

from senders.intake import AT_ONCE, LARGEST, Intake, objects, origins
from tests.senders.conftest import made, read
from tests.servers import Kafka, a_broker, or_skip

HTML = """<!doctype html><title>Shop</title><script src="/beacon.js" data-to="{to}/events"></script>"""
LINE = b'{"service":"a","message":"x"}'


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    kafka = or_skip(lambda: Kafka(a_broker(tmp_path_factory.mktemp("intake"))))
    kafka.start()
    made(kafka.bootstrap, "service-logs", "user-events")
    yield kafka
    kafka.stop()


@pytest.fixture
def serve(broker):
    running = []

    def serve(origins: tuple[str, ...] = (), token: str = "") -> str:
        intake = Intake(("127.0.0.1", 0), broker.bootstrap, origins, token)
        threading.Thread(target=intake.serve_forever, daemon=True).start()
        running.append(intake)
        return f"http://127.0.0.1:{intake.server_address[1]}"

    yield serve
    for intake in running:
        intake.shutdown()
        intake.server_close()


def test_good_lines_are_taken_and_the_others_named(serve, broker):
    url = serve()
    before = len(read(broker.bootstrap, "service-logs"))
    lines = [{"service": "a", "level": "INFO", "message": f"line {n}"} for n in range(500)]
    body = "\n".join([*map(json.dumps, lines), "oops", "[1]", '{"level":"INFO"}', ""])
    answer = requests.post(f"{url}/logs", body.encode(), timeout=20)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 500 and answer.json()["refused"] == 3
    assert answer.json()["why"] == [
        "line 501: not JSON",
        "line 502: not an object",
        "line 503: service is missing, or no text of 1 to 200",
    ]
    assert [value for _, value in read(broker.bootstrap, "service-logs")[before:]] == lines


def test_a_line_that_cannot_be_sent_is_refused_by_its_number_and_the_others_are_taken(serve, broker):
    url = serve()
    before = len(read(broker.bootstrap, "service-logs"))
    long = '{"service":"a","message":"%s"}' % ("x" * 1_010_000)
    cyrillic = {"service": "a", "message": "ж" * 400_000}  # 800 kB, and three times that if it were escaped
    text = r'{"service":"a","message":"half a smile \ud83d"}'
    lines = [LINE.decode(), r'{"service":"\ud800","message":"x"}', long, json.dumps(cyrillic), text, LINE.decode()]
    answer = requests.post(f"{url}/logs", "\n".join(lines).encode(), timeout=20)
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 4,
        "refused": 2,
        "why": [
            "line 2: service has characters that cannot be printed",
            "line 3: 1,010,031 bytes; at most 990,000 are taken",
        ],
    }
    taken = [value for _, value in read(broker.bootstrap, "service-logs")[before:]]
    assert taken == [json.loads(LINE), cyrillic, {"service": "a", "message": "half a smile ?"}, json.loads(LINE)]


def test_what_can_just_be_read_and_not_be_written_is_refused(serve):
    """Reading and writing end at about the same depth."""
    lines = ['{"service":"a","message":"x","deep":' + "[" * deep + "]" * deep + "}" for deep in range(900, 1010)]
    answer = requests.post(f"{serve()}/logs", "\n".join(lines).encode(), timeout=20)
    assert answer.status_code == 202
    assert answer.json()["accepted"] + answer.json()["refused"] == len(lines) and answer.json()["refused"] > 0


def test_what_nobody_thought_of_is_an_answer_too(serve, monkeypatch, capsys):
    monkeypatch.setattr(Intake, "take", lambda *_: 1 // 0)
    answer = requests.post(f"{serve()}/logs", LINE, timeout=5)
    assert answer.status_code == 500 and "The intake failed" in answer.json()["error"]
    said = ""
    while "ZeroDivisionError" not in said:  # it is said when the answer is gone
        said += capsys.readouterr().err


def test_a_client_of_kafka_that_takes_nothing_is_an_answer_too(serve, broker, monkeypatch):
    def refuses(*_: object, **__: object) -> None:
        raise KafkaException(KafkaError(KafkaError._FATAL, "fenced"))

    monkeypatch.setattr("senders.intake.Producer", lambda settings: SimpleNamespace(produce=refuses, poll=time.sleep))
    answer = requests.post(f"{serve()}/logs", LINE, timeout=5)
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert answer.json() == {"error": "Kafka does not take it: fenced. Send it again later."}


def test_who_sends_slowly_is_told_in_time_and_keeps_out_nobody_elsewhere(serve, monkeypatch):
    monkeypatch.setattr("senders.intake.BODY", 1.0)
    url = serve()
    slow = [http.client.HTTPConnection(url.removeprefix("http://"), timeout=20) for _ in range(AT_ONCE)]
    for connection in slow:
        connection.putrequest("POST", "/events")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b"{")
    assert requests.post(f"{url}/logs", LINE, timeout=20).status_code == 202
    answers = [connection.getresponse() for connection in slow]
    assert {answer.status for answer in answers} == {408} and b"more than 1 s" in answers[0].read()


def test_a_body_that_ends_early_is_not_taken_for_the_whole(serve, monkeypatch):
    taken: list[object] = []
    monkeypatch.setattr(Intake, "take", lambda *asked: taken.append(asked))
    connection = http.client.HTTPConnection(serve().removeprefix("http://"), timeout=20)
    connection.putrequest("POST", "/logs")
    connection.putheader("Content-Length", "500")
    connection.endheaders(LINE + b"\n")
    connection.sock.shutdown(socket.SHUT_WR)
    answer = connection.getresponse()
    assert answer.status == 408 and f"{len(LINE) + 1} bytes came of the 500".encode() in answer.read()
    assert not taken


def test_a_key_lands_where_javas_client_and_the_console_put_it(monkeypatch):
    given: dict[str, object] = {}
    monkeypatch.setattr(
        "senders.intake.Producer", lambda settings: given.update(settings) or SimpleNamespace(poll=time.sleep)
    )
    Intake(("127.0.0.1", 0), "127.0.0.1:1", (), "").server_close()
    assert given["partitioner"] == "murmur2_random"


@pytest.mark.parametrize("length", ["\u00b2", "9" * 5_000, "-1", ""])
def test_a_length_that_is_none_is_an_answer_too(serve, length):
    connection = http.client.HTTPConnection(serve().removeprefix("http://"), timeout=5)
    connection.putrequest("POST", "/logs")
    connection.putheader("Content-Length", length.encode("latin-1"))
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


def test_origins_are_given_one_by_one_or_in_one_word_and_nothing_is_none():
    assert origins(["https://a.example/", "http://b:1, http://c"]) == ("https://a.example", "http://b:1", "http://c")
    assert origins([""]) == ()


def test_who_may_not_and_what_cannot_be_is_refused_in_a_sentence(serve):
    url = serve(("https://shop.example",), "secret")
    assert requests.post(f"{url}/logs", LINE, timeout=5).status_code == 401
    given = {"Authorization": "Bearer secret"}
    assert requests.post(f"{url}/logs", LINE, headers=given, timeout=20).status_code == 202
    elsewhere = {"Origin": "https://evil.example"}
    answer = requests.post(f"{url}/events", b"[]", headers=elsewhere, timeout=5)
    assert answer.status_code == 403 and "evil.example may not send here" in answer.json()["error"]
    assert requests.post(f"{url}/logs", LINE, headers=given | elsewhere, timeout=5).status_code == 403
    assert requests.post(f"{url}/else", b"", timeout=5).status_code == 404
    large = requests.Request("POST", f"{url}/logs", headers=given).prepare()
    large.headers["Content-Length"] = str(LARGEST + 1)
    assert requests.Session().send(large, timeout=5).status_code == 413
    assert requests.get(f"{url}/ready", timeout=5).json() == {"ready": True}


def test_a_broker_that_is_away_is_said_with_when_to_try_again(serve, broker, monkeypatch):
    monkeypatch.setattr("senders.intake.WAIT", 0.5)
    url = serve()
    broker.pause()
    try:
        answer = requests.post(f"{url}/logs", LINE, timeout=20)
    finally:
        broker.resume()
    assert answer.status_code == 503 and answer.headers["Retry-After"] and "Send it again" in answer.json()["error"]


def test_a_real_page_sends_what_its_visitor_does_also_when_leaving(serve, broker, browser, tmp_path):
    (tmp_path / "beacon.js").write_text(Path("senders/beacon.js").read_text())
    files = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), files)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{pages.server_address[1]}"
    (tmp_path / "index.html").write_text(HTML.format(to=serve((origin,))))
    page = browser.new_page()
    page.goto(f"{origin}/index.html")
    page.evaluate("shop.send('add_to_cart', 'walnut desk', 420); shop.flush()")
    page.evaluate("shop.send('checkout', 'walnut desk', 420)")
    page.goto("about:blank")
    page.wait_for_timeout(500)
    page.close()
    pages.shutdown()
    found = [value for _, value in read(broker.bootstrap, "user-events")]
    assert [(event["action"], event["product"], event["price"]) for event in found] == [
        ("add_to_cart", "walnut desk", 420),
        ("checkout", "walnut desk", 420),
    ]
    assert len({event["user_id"] for event in found}) == 1


def test_a_page_without_https_has_a_visitor_too(browser):
    page = browser.new_page()
    page.route("http://shop.example/beacon.js", lambda route: route.fulfill(path="senders/beacon.js"))
    page.route("http://shop.example/", lambda route: route.fulfill(body=HTML.format(to=""), content_type="text/html"))
    page.goto("http://shop.example/")
    assert page.evaluate("[isSecureContext, typeof shop.send, localStorage.shopper]")[:2] == [False, "function"]
    page.evaluate("shop.send('view', 'walnut desk')")
    assert re.fullmatch("[0-9a-f]{32}", page.evaluate("localStorage.shopper"))
    page.close()


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[1,", b'{"a":' * 50_000, b"\xff\xfe", b"\0"])
def test_nonsense_is_refused_line_by_line(body):
    assert all(isinstance(found, str) for _, found in objects(body))
