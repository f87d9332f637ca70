"""What a person or a program may ask of a running console, however odd: an answer, never a failure."""

from __future__ import annotations

import re
from functools import partial
from html import unescape
from urllib.parse import quote

import pytest
import requests
from websockets.exceptions import InvalidStatus

from clusters.names import encode
from gateway.cluster import Cluster
from gateway.facts import TopicPartition
from tests.faults.console import CLUSTER, Console
from tests.faults.offsets import a_topic, committed, put
from tests.faults.processes import until

pytestmark = pytest.mark.usefixtures("orphan")
PLACE = TopicPartition("faults-log", 0)
ODD = ["a/b", "50%", "%2F", ".", "..", ".hidden", "line\nbreak", "\u202eright to left", "مجموعة", "~7E", "new", "<b>&"]
TOPICS = ["...", "a.b_c-d", "new", "_schemas"]
LONG = "x" * 100_000


@pytest.fixture(scope="module", autouse=True)
def seen(console: Console, kafka: Cluster) -> None:
    """All names are there and a poll has seen them."""
    for name in ODD:
        put(kafka, name, PLACE, 40)
    for name in TOPICS:
        a_topic(kafka, name, 1)
    until(lambda: console.ask(f"/clusters/{CLUSTER}/topics/{encode(TOPICS[-1])}").status_code == 200, 60, "a poll")
    for name in ODD:
        until(partial(console.snapshot_of, name), 20, "a poll has seen it")


@pytest.mark.parametrize("name", ODD, ids=encode)
def test_a_group_of_any_name_has_its_pages_its_api_and_its_socket(console: Console, kafka: Cluster, name: str) -> None:
    path = f"/c/{CLUSTER}/groups/{encode(name)}/"
    for page in (path, f"{path}members/", f"{path}reset/", f"{path}delete/"):
        answer = console.get(page)
        assert answer.status_code == 200, page
        assert name in unescape(answer.text)
    listed = console.get(f"/c/{CLUSTER}/groups/?q={quote(name)}").text
    assert path in re.findall(r'href="([^"?]+)', listed)
    with console.socket(f"/groups/{encode(name)}/") as socket:
        assert socket.hear(lambda m: m["t"] == "full")["rows"][0][0] == 40
    change = console.plan_reset(name, 7)
    console.confirm(change)
    until(lambda: console.change(change)["state"] == "done", 20, "the reset is done")
    assert committed(kafka, name, PLACE) == 7


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_of_any_name_has_its_pages_its_api_and_its_socket(console: Console, name: str) -> None:
    api = f"/clusters/{CLUSTER}/topics/{encode(name)}"
    for page in ("", "partitions/", "groups/", "config/", "config/now/", "config/change/", "produce/", "delete/"):
        assert console.get(f"/c/{CLUSTER}/topics/{encode(name)}/{page}").status_code == 200, page
    assert console.ask(f"{api}/records?start=oldest").json()["items"][0]["value"]["text"] == "record 0"
    with console.socket(f"/topics/{encode(name)}/tail/") as socket:
        socket.say(t="start", **{"from": {"": "0:0"}})
        assert socket.hear(lambda m: m["t"] == "frame")["rows"][0][5][1] == "record 0"


@pytest.mark.parametrize(
    "path",
    [
        "/c/nobody/",
        "/c/nobody/groups/",
        "/c/nobody/groups/a/reset/",
        "/api/v1/clusters/nobody",
        f"/c/{CLUSTER}/groups/nobody/",
        f"/c/{CLUSTER}/groups/nobody/members/",
        f"/c/{CLUSTER}/groups/nobody/reset/",
        f"/c/{CLUSTER}/groups/a%2Fb/",
        f"/c/{CLUSTER}/groups/~zz/",
        f"/api/v1/clusters/{CLUSTER}/groups/nobody",
        f"/c/{CLUSTER}/topics/nobody/",
        f"/c/{CLUSTER}/topics/nobody/partitions/",
        f"/c/{CLUSTER}/topics/nobody/config/",
        f"/c/{CLUSTER}/topics/nobody/records/",
        f"/c/{CLUSTER}/topics/nobody/records/0/0/",
        f"/c/{CLUSTER}/topics/nobody/produce/",
        f"/c/{CLUSTER}/topics/nobody/config/change/",
        f"/c/{CLUSTER}/topics/nobody/delete/",
        f"/api/v1/clusters/{CLUSTER}/topics/nobody",
        f"/api/v1/clusters/{CLUSTER}/topics/nobody/records",
        f"/c/{CLUSTER}/brokers/99/",
        "/changes/00000000-0000-4000-8000-000000000000/",
    ],
)
def test_what_is_not_there_is_a_404(console: Console, path: str) -> None:
    assert console.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/groups/~zz/", "/groups/%E2%80%AE/", "/topics/a b/tail/", "/elsewhere/"])
def test_a_socket_that_is_not_there_is_refused(console: Console, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, console.socket(path.replace(" ", "%20")):
        pass
    assert refused.value.response.status_code in (403, 404)


@pytest.mark.parametrize(
    "path",
    [
        f"/c/{CLUSTER}/groups/?q=",
        f"/c/{CLUSTER}/topics/?q=",
        f"/c/{CLUSTER}/changes/?who=",
        f"/c/{CLUSTER}/topics/faults-log/?filter=",
        f"/c/{CLUSTER}/topics/faults-log/records/?start=oldest&filter=",
        f"/api/v1/clusters/{CLUSTER}/groups?q=",
        f"/api/v1/clusters/{CLUSTER}/topics/faults-log/records?filter=",
        "/palette/?q=",
    ],
)
def test_a_filter_of_100_kb_is_answered(console: Console, path: str) -> None:
    try:
        answer = console.get(path + LONG)
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        # It refuses before it has read it all, and closes: the network may then throw its answer away.
        assert console.get("/health/live").status_code == 200
        return
    assert answer.status_code in (200, 400, 414, 422), answer.status_code
    if answer.status_code != 200:
        assert len(answer.content) < 1000


@pytest.mark.parametrize(
    ("moment", "offset"),
    [
        ("2999-01-01T00:00:00Z", 100),
        ("9999-12-31T23:59:59Z", 100),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", 0),  # -1 and -2 are words of Kafka's protocol: the end and the start
        ("1969-12-31T23:59:59.998Z", 0),
        ("0001-01-01T00:00:00Z", 0),
    ],
)
def test_a_time_in_the_future_or_before_the_log(console: Console, kafka: Cluster, moment: str, offset: int) -> None:
    put(kafka, "faults-time", PLACE, 50)
    plan = console.plan("groups.reset_offsets", group="faults-time", to="time", value=moment).json()
    assert plan["plan"]["rows"][0]["new"] == offset
    page = console.get(f"/c/{CLUSTER}/topics/faults-log/records/?start=time:{quote(moment)}").json()
    assert [row[1] for row in page["rows"]] == list(range(100))[offset:]
    assert offset == 0 or page["notes"]


@pytest.mark.parametrize("offset", [100, 101, 2**62, 2**63 - 1, 2**63, 10**30])
def test_an_offset_outside_of_the_log_is_said(console: Console, offset: int) -> None:
    record = console.get(f"/c/{CLUSTER}/topics/faults-log/records/0/{offset}/")
    assert (record.status_code, bool(record.json()["sentence"])) in ((400, True), (404, True))
    page = console.get(f"/c/{CLUSTER}/topics/faults-log/records/?start=offset:{offset}")
    if offset == 100:  # the next one that will be written
        assert (page.status_code, page.json()["rows"]) == (200, [])
    else:
        assert (page.status_code, bool(page.json()["sentence"])) in ((400, True), (404, True))


def test_a_topic_deleted_while_it_is_tailed_ends_the_tail_with_a_word(console: Console, kafka: Cluster) -> None:
    a_topic(kafka, "faults-deleted", 3)
    with console.socket("/topics/faults-deleted/tail/") as socket:
        socket.say(t="start", **{"from": {"": "0:0"}})
        socket.hear(lambda m: m["t"] == "frame" and m["next"] == {"0": 3})
        kafka.mutate.delete_topic("faults-deleted")
        ended = socket.hear(lambda m: m["t"] == "ended")
        assert (ended["code"], ended["next"]) == ("deleted", {"0": 3})
        assert "faults-deleted was deleted" in ended["sentence"]
    assert console.get(f"/c/{CLUSTER}/topics/faults-deleted/records/").status_code == 404
