"""Records that were made to break readers, from Kafka to what a person sees: shown or refused in a sentence."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic
from playwright.sync_api import expect

from tests.browser.clients import WITHIN

HOSTILE: dict[str, bytes] = {
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "long number": b'{"n":' + b"7" * 5_000 + b"}",
    "lone surrogate": b'{"half":"\\ud800","pair":"\\ud83d\\ude00","back":"\\udc00\\ud800"}',
    "surrogate in bytes": b'{"x":"\xed\xa0\x80"}',
    "nul": b'{"a":"x\\u0000y"}\x00\x00',
    "only nul": b"\x00" * 50,
    "invalid utf-8": b"caf\xe9 \xff\xfe\xc0\xaf",
    "turned around": "price \u202e001\u202c \u2066x\u2069".encode(),
    "long line": b"x" * 900_000,
    "huge exponent": b'{"e":1e999999,"m":-0.0,"big":12345678901234567890123}',
}


def test_each_is_shown_in_the_list_and_in_the_panel(scene, tab, clients):
    topic = "bad-records"
    clients.create({topic: 1})
    for name, value in HOSTILE.items():
        clients.produce(topic, [(f"the {name} one", value)], headers=[("h", value[:2000]), ("h", None)])
    clients.produce(topic, [(b"\xff\x00\xed\xa0\x80", b"its key is bytes")])
    scene.open(tab, f"/c/local/topics/{topic}/?start=oldest")
    rows, panel = tab.locator(".rows .r:visible"), tab.locator("[data-tail=panel]")
    expect(rows).to_have_count(len(HOSTILE) + 1)
    for name in HOSTILE:
        tab.locator(".rows .r", has_text=f"the {name} one").click()
        expect(panel).to_contain_text(f"the {name} one")
    tab.locator(".rows .r", has_text="its key is bytes").click()
    expect(panel).to_contain_text("its key is bytes")


@pytest.fixture
def torn(clients) -> str:
    """In one batch what becomes 120 MB; a client takes 100."""
    topic = "torn"
    clients.admin.create_topics([NewTopic(topic, 2, 1)])[topic].result(WITHIN)
    clients.produce(topic, [(None, "before 0"), (None, "before 1")])
    large = Producer(
        {"bootstrap.servers": clients.bootstrap, "message.max.bytes": 200_000_000, "compression.type": "zstd"}
    )
    large.produce(topic, bytes(120_000_000), partition=0)
    assert large.flush(WITHIN) == 0
    clients.produce(topic, [(None, "after")])
    clients.produce(topic, [(None, "elsewhere")], 1)
    yield topic
    clients.admin.delete_topics([topic])[topic].result(WITHIN)


def test_a_batch_that_cannot_be_read_is_named_and_skipped_by_a_link(scene, tab, torn):
    scene.open(tab, f"/c/local/topics/{torn}/?start=newest")
    rows, ended = tab.locator(".rows .r:visible"), tab.locator(".rows .between.ended:visible")
    expect(ended).to_contain_text("The batch at torn-0, offset 2, cannot be read")
    ended.get_by_role("link", name="Skip this batch").click()
    expect(rows).to_have_count(2)
    expect(tab.locator(".rows .notice:visible").first).to_contain_text("Partition 0 is shown from offset 3 on")


def test_a_tail_waits_at_it_and_goes_on_behind_it(scene, tab, torn, clients):
    scene.open(tab, f"/c/local/topics/{torn}/")
    expect(tab.locator("[data-tail=live]")).to_contain_text("live")
    clients.produce(torn, [(None, "still before 1")])
    rows = tab.locator(".rows .r:visible")
    expect(rows).to_have_count(1)
    large = Producer(
        {"bootstrap.servers": clients.bootstrap, "message.max.bytes": 200_000_000, "compression.type": "zstd"}
    )
    large.produce(torn, bytes(120_000_000), partition=0)
    assert large.flush(WITHIN) == 0
    clients.produce(torn, [(None, "behind it")])
    clients.produce(torn, [(None, "beside it")], 1)
    notice = tab.locator(".rows .notice:visible", has_text="cannot be read")
    expect(notice).to_contain_text("The batch at torn-0, offset 5,")
    expect(rows.first).to_contain_text("beside it")
    notice.get_by_role("button", name="Skip this batch").click()
    expect(rows.first).to_contain_text("behind it")
    expect(tab.locator(".rows .notice:visible", has_text="Left out in partition 0: offset 5")).to_be_visible()
