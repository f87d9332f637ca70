"""Redis killed, and started again with nothing in it: freshness is lost for a while, and nothing else."""

from __future__ import annotations

import time

from clusters.names import encode
from gateway.cluster import Cluster
from gateway.facts import TopicPartition
from tests.faults.conftest import Redis
from tests.faults.console import CLUSTER, Console
from tests.faults.offsets import committed, put
from tests.faults.processes import ours, until
from tests.stack import Stack

PLACE = TopicPartition("faults-log", 0)
GROUP = "faults-redis"


def test_browsing_goes_on_what_is_paused_is_said_and_all_comes_back_by_itself(
    console: Console, kafka: Cluster, redis: Redis, stack: Stack
) -> None:
    put(kafka, GROUP, PLACE, 50)
    until(lambda: console.snapshot_of(GROUP), 20, "a poll has seen it")
    with console.socket(f"/groups/{encode(GROUP)}/") as lanes, console.socket("/topics/faults-log/tail/") as tail:
        lanes.hear(lambda m: m["t"] == "full" and m["status"] == "live")
        tail.say(t="start", **{"from": {"": "0:0"}})
        tail.hear(lambda m: m["t"] == "frame" and m["seen"])

        processes = ours(stack.pid)
        redis.kill()
        lanes.hear(lambda m: m["t"] == "full" and m["status"] != "live" and "paused" in m["why"])
        until(lambda: console.state()[0] == "Live updates paused", 15, "the pages say it")
        here = f"/c/{CLUSTER}"
        for page in ("", "groups/", f"groups/{GROUP}/", "topics/", "changes/", "brokers/"):
            answer = console.get(f"{here}/{page}", timeout=5)
            assert answer.status_code == 200, page
        assert console.get(f"{here}/topics/faults-log/records/").status_code == 200
        change = console.plan_reset(GROUP, 7)
        began = time.monotonic()
        assert console.confirm(change).json()["state"] == "confirmed"
        assert time.monotonic() - began < 10
        assert console.get(f"/changes/{change}/").status_code == 200

        redis.start()
        until(lambda: console.state() == ("", ""), 60, "polls reach the pages again")
        until(lambda: console.change(change)["state"] == "done", 60, "the change that waited is done")
        assert committed(kafka, GROUP, PLACE) == 7
        lanes.hear(lambda m: m["t"] == "full" and m["status"] == "live", 60)
        put(kafka, GROUP, PLACE, 11)
        lanes.hear(lambda m: m.get("commits"), 30)
        until(lambda: (console.snapshot_of(GROUP) or {})["partitions"][0]["committed"] == 11, 30, "a poll has seen it")
        tail.say(t="start", **{"from": {"": "0:99"}})
        tail.hear(lambda m: m["t"] == "frame" and m["seen"])
    assert ours(stack.pid) == processes
