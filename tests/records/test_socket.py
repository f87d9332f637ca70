"""The socket between a page and the reader, with a real broker behind it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import wraps

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from clusters import reading
from console.asgi import application
from gateway.reading import MaskRule
from live import reader_link


class Page:
    """A browser's end of the socket."""

    def __init__(self, path: str, cookie: str) -> None:
        headers = [(b"host", b"localhost:8080"), (b"origin", b"http://localhost:8080"), (b"cookie", cookie.encode())]
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": []}
        self.socket = ApplicationCommunicator(application, scope)
        self.rows: list[str] = []
        self.seen = 0

    async def connects(self) -> bool:
        await self.socket.send_input({"type": "websocket.connect"})
        return (await self.socket.receive_output(20))["type"] == "websocket.accept"

    async def leave(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(20)

    async def say(self, **message) -> None:
        await self.socket.send_input({"type": "websocket.receive", "text": json.dumps(message)})

    async def hear(self, kind: str) -> dict:
        """The next message of a kind; frames are counted on the way and paid for with a credit each."""
        async with asyncio.timeout(20):
            while True:
                message = json.loads((await self.socket.receive_output(20))["text"])
                if message["t"] == "frame":
                    self.rows += [row[5][1] for row in message["rows"]]
                    self.seen += message["seen"]
                    await self.say(t="more", n=1)
                if message["t"] == kind:
                    return message


class Pages:
    def __init__(self, slug: str, cookie: str) -> None:
        self.slug, self.cookie = slug, cookie
        self.open: list[Page] = []

    async def __call__(self, topic: str) -> Page:
        page = Page(f"/ws/c/{self.slug}/topics/{topic}/tail/", self.cookie)
        assert await page.connects()
        self.open.append(page)
        return page

    async def leave(self) -> None:
        for page in self.open:
            await page.leave()


@pytest.fixture
def page(cluster, viewer) -> Pages:
    return Pages(cluster.slug, f"sessionid={viewer.cookies['sessionid'].value}")


def alone(test):
    """In a thread of its own: where a browser test went before, this one has an event loop running."""

    async def whole(page: Pages, given) -> None:
        try:
            await test(page=page, **given)
        finally:
            await page.leave()

    @wraps(test)
    def run(page: Pages, **given) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, whole(page, given)).result()

    return run


@alone
async def test_records_reach_the_page(page, a_topic, bootstrap):
    topic = await sync_to_async(a_topic)(2, 4)
    tail = await page(topic.name)
    await tail.say(t="start", filter="RECORD 1")
    assert (await tail.hear("started"))["next"] == {"0": 2, "1": 2}
    await sync_to_async(topic.produce)(bootstrap, 20)
    while tail.seen < 20:
        await tail.hear("frame")
    assert sorted(tail.rows) == ["record 1", *(f"record {n}" for n in range(10, 20))]


@alone
async def test_an_expression_lets_through_what_it_is_true_of_and_counts_what_it_has_no_answer_for(
    page, a_topic, bootstrap
):
    topic = await sync_to_async(a_topic)(1, 10, '{{"n":{n}}}')
    await sync_to_async(topic.produce)(bootstrap, 3)
    tail = await page(topic.name)
    await tail.say(t="start", where="value.n >= 8", **{"from": {"": "0:0"}})
    unanswered = 0
    while tail.seen < 13:
        unanswered += (await tail.hear("frame"))["unanswered"][0]
    assert tail.rows == ['{"n":8}', '{"n":9}']
    assert unanswered == 3
    await tail.say(t="start", where="value.n = 8")
    ended = await tail.hear("ended")
    assert (ended["code"], ended["column"], ended["length"]) == ("expression", 9, 1)


@alone
async def test_columns_of_live_rows_show_no_more_than_their_values(page, cluster, a_topic, bootstrap):
    await sync_to_async(reading.set_masks)(cluster, [MaskRule("reader-*", "value", "user.email")])
    topic = await sync_to_async(a_topic)(1, 1, '{{"n": {n}, "user": {{"email": "ada@example.com"}}}}')
    tail = await page(topic.name)
    await tail.say(t="start", columns="value.n,value.user.email,value.user", **{"from": {"": "0:0"}})
    (row,) = (await tail.hear("frame"))["rows"]
    assert [shown[1] for shown in row[8]] == ["0", "•••", '{"email": "•••"}']
    await tail.say(t="start", columns="size")
    assert (await tail.hear("ended"))["code"] == "bad_request"


@alone
async def test_a_second_start_replaces_the_first(page, a_topic, bootstrap):
    topic = await sync_to_async(a_topic)(1, 5)
    tail = await page(topic.name)
    await tail.say(t="start")
    await tail.hear("started")
    await tail.say(t="start", **{"from": {"": "0:2"}})
    assert (await tail.hear("started"))["next"] == {"0": 2}
    while tail.seen < 3:
        await tail.hear("frame")
    assert tail.rows == ["record 2", "record 3", "record 4"]


@alone
async def test_a_dead_reader_is_said_and_the_next_one_goes_on_where_it_was(page, a_topic, bootstrap):
    topic = await sync_to_async(a_topic)(1, 5)
    tail = await page(topic.name)
    await tail.say(t="start", **{"from": {"": "0:0"}})
    while tail.seen < 5:
        await tail.hear("frame")
    os.kill(reader_link.link(topic=topic.name).pid, signal.SIGKILL)
    assert "nothing is skipped" in (await tail.hear("notice"))["sentence"]
    await sync_to_async(topic.produce)(bootstrap, 2)
    while tail.seen < 7:
        await tail.hear("frame")
    assert tail.rows[5:] == ["record 0", "record 1"]


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"t": "start", "filter": "x" * 100_000}, "at most 1,000"),
        ({"t": "start", "where": "x" * 100_000}, "at most 4,000"),
        ({"t": "start", "partition": "9"}, "There is no partition 9"),
        ({"t": "start", "from": {"": "nonsense"}}, "partition:offset"),
        ({"t": "start", "from": "0:1"}, "by topic"),
        ({"t": "start", "one_in": "0"}, "one key in 1 to"),
        ({"t": "more", "n": -1}, "unknown"),
        ({"t": "else"}, "unknown"),
    ],
)
@alone
async def test_nonsense_is_answered_in_one_sentence(page, a_topic, message, sentence):
    tail = await page((await sync_to_async(a_topic)(1)).name)
    await tail.say(**message)
    assert sentence in (await tail.hear("ended"))["sentence"]


@alone
async def test_a_topic_outside_of_the_binding_has_no_socket(page):
    assert not await Page(f"/ws/c/{page.slug}/topics/orders/tail/", page.cookie).connects()
