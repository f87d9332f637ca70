"""Several topics on one socket, many sockets on one consumer, and views that show what whoever opens them may see."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from confluent_kafka import Producer

from live import reader_link
from reader.requests import Stats
from records.saved_view import SavedView
from tests.records.test_socket import Page, alone, page

__all__ = ["page"]


async def several(page, *topics: str, **asked: str) -> Page:
    socket = Page(f"/ws/c/{page.slug}/messages/tail/", page.cookie)
    assert await socket.connects()
    page.open.append(socket)
    await socket.say(t="start", run=1, topics=list(topics), **asked)
    return socket


@alone
async def test_several_topics_come_over_one_socket_and_a_lost_one_leaves_the_others(page, a_topic, bootstrap):
    one, other = await sync_to_async(a_topic)(1), await sync_to_async(a_topic)(1)
    tail = await several(page, one.name, other.name, "bank-hidden")
    told = await tail.hear("topics")
    assert (sorted(told["names"]), told["hidden"]) == (sorted([one.name, other.name]), 1)
    assert {(await tail.hear("started"))["topic"] for _ in range(2)} == {one.name, other.name}
    await sync_to_async(one.produce)(bootstrap, 1)
    assert (await tail.hear("frame"))["topic"] == one.name
    await sync_to_async(one.delete)()
    ended = await tail.hear("ended")
    assert (ended["topic"], ended["code"]) == (one.name, "deleted")
    await sync_to_async(other.produce)(bootstrap, 1)
    assert (await tail.hear("frame"))["topic"] == other.name


@alone
async def test_a_format_is_that_of_all_its_topics_and_what_does_not_fit_it_says_why(page, a_topic, bootstrap):
    number, text = await sync_to_async(a_topic)(1), await sync_to_async(a_topic)(1)
    tail = await several(page, number.name, text.name, read_value="int64", read_key="hex")
    for _ in range(2):
        await tail.hear("started")
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(number.name, (42).to_bytes(8, "big"), "k")
    producer.produce(text.name, "no number", "k")
    assert await sync_to_async(producer.flush)(20) == 0
    rows = {frame["topic"]: frame["rows"][0] for frame in [await tail.hear("frame") for _ in range(2)]}
    assert [row[4][1] for row in rows.values()] == ["6b", "6b"]
    assert rows[number.name][5][:2] == ["text", "42"] and rows[number.name][5][4] == "int64"
    assert rows[text.name][5][:2] == ["text", "no number"] and "int64" in rows[text.name][5][6]


@alone
async def test_a_format_that_is_none_is_refused(page, a_topic):
    tail = await several(page, (await sync_to_async(a_topic)(1)).name, read_value="klingon")
    ended = await tail.hear("ended")
    assert ended["code"] == "bad_request" and "“klingon” is no format" in ended["sentence"]


@alone
async def test_fifty_viewers_of_one_topic_cost_one_consumer(page, a_topic, bootstrap):
    topic = await sync_to_async(a_topic)(1)
    tails = [await page(topic.name) for _ in range(50)]
    for tail in tails:
        await tail.say(t="start", run=1)
        await tail.hear("started")
    link = reader_link.link(topic=topic.name)
    async with asyncio.timeout(10):  # those of the test before are being ended
        while (await sync_to_async(link.call)(None, Stats(0)))[0].tails != 1:
            await asyncio.sleep(0.05)
    await sync_to_async(topic.produce)(bootstrap, 3)
    for tail in tails:
        while tail.seen < 3:
            await tail.hear("frame")
        assert tail.rows == ["record 0", "record 1", "record 2"]


def test_a_view_shows_what_may_be_seen_and_says_that_there_is_more(cluster, viewer):
    view = SavedView.objects.create(cluster=cluster, name="carts", topics=["reader-a", "bank-secret"])
    said = viewer.get(view.get_absolute_url()).content.decode()
    assert "1 of them is hidden from you" in said and "reader-a" in said and "bank-secret" not in said
    view.topics = ["bank-secret"]
    view.save()
    assert viewer.get(view.get_absolute_url()).status_code == 404


def test_a_view_is_saved_with_its_columns_and_formats_and_not_with_what_no_page_would_show(cluster, viewer):
    save = f"/c/{cluster.slug}/messages/+save/"
    asked = "topic=reader-a&columns=time,key&filter=cart&start=oldest&read_value=hex"
    viewer.post(save, {"name": "carts", "asked": asked})
    view = SavedView.objects.get()
    assert view.asked == {"filter": "cart", "columns": "time,key", "read_value": "hex"}
    said = viewer.get(view.get_absolute_url()).content.decode()
    assert "read_value=hex" in said and "values read as hex" in said
    for asked in (
        "topic=reader-a&columns=time,value.id",
        "topic=reader-a&where=value.",
        "topic=reader-a&read_key=klingon",
        "topic=bank-secret",
        "filter=x",
    ):
        viewer.post(save, {"name": "no", "asked": asked})
    assert SavedView.objects.count() == 1
