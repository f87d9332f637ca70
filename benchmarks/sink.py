"""The sink against the server's own limit: log lines of a backlog into OpenSearch, and the same bulks without Kafka.

    python -m benchmarks.sink

Turns of both on one server: bulks of 2,000 lines, made beforehand and sent one after the other by one client, into an
index of their own; then `streams.sink` with a new group, from its first commit to its last.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import urllib3
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from benchmarks import broker
from gateway.cluster import Cluster
from gateway.config import ClusterConfig
from tests.search_servers import KINDS, SMALLEST, SearchServer
from tests.streams.programs import PYTHON, ROOT

LINES, PARTITIONS, BULK, TURNS = 100_000, 6, 2_000, 3


def a_line(n: int) -> bytes:
    level = "ERROR" if n % 50 == 0 else "INFO"
    body = {"@timestamp": f"2026-11-27T10:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}+00:00", "service": f"s-{n % 6}"}
    body |= {
        "owner": "shop",
        "level": level,
        "severity": 9,
        "message": f"order {n} placed in {n % 900} ms by u-{n * 7}",
    }
    return json.dumps(body | {"trace_id": f"{n:032x}", "fields": {"order": n, "host": f"web-{n % 4}"}}).encode()


def bare(server: SearchServer, turn: int) -> float:
    """Lines a second."""
    pool, bulks = urllib3.PoolManager(maxsize=1), []
    for begin in range(0, LINES, BULK):
        actions = [
            json.dumps({"index": {"_index": f"bare-{turn}", "_id": f"logs-enriched-0-{n}"}}).encode()
            + b"\n"
            + a_line(n)
            for n in range(begin, begin + BULK)
        ]
        bulks.append(b"\n".join(actions) + b"\n")
    begun = time.monotonic()
    for bulk in bulks:
        path = "/_bulk?filter_path=errors,items.*.status,items.*.error"
        answer = pool.request("POST", server.url + path, body=bulk, headers={"content-type": "application/x-ndjson"})
        assert answer.status == 200 and not answer.json().get("errors")
    return LINES / (time.monotonic() - begun)


def sunk(server: SearchServer, bootstrap: str, turn: int) -> float:
    """Lines a second, from the first commit that is seen to the last."""
    server.ask("DELETE", "/highwater-logs-*")
    cluster = Cluster(ClusterConfig(bootstrap))
    if turn:
        cluster.mutate.delete_group("logs-sink")
    command = [str(PYTHON), "-m", "streams.sink", "--bootstrap", bootstrap, "--to", server.url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        first = done = 0
        begun = until = time.monotonic()
        while done < LINES and time.monotonic() < until + 180:
            found = cluster.offsets.committed(["logs-sink"])["logs-sink"]
            done = sum(c.offset for c in found.values()) if isinstance(found, dict) else 0
            if done and not first:
                first, begun = done, time.monotonic()
            time.sleep(0.02)
        return (done - first) / (time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="hw-bench-"))
    server = SearchServer(KINDS[SMALLEST], folder)
    server.start()
    try:
        with broker.running() as kafka:
            admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
            admin.create_topics([NewTopic("logs-enriched", PARTITIONS, 1)])["logs-enriched"].result(30)
            producer = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 20})
            for n in range(LINES):
                producer.produce("logs-enriched", a_line(n), str(n))
                producer.poll(0)
            assert producer.flush(60) == 0
            bare(server, 99)  # warm: the server's JVM is slow at first
            pairs = [(bare(server, turn), sunk(server, kafka.bootstrap, turn)) for turn in range(TURNS)]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    bulk, ours = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(sink / alone for alone, sink in pairs)
    print(f"sink: {ours:,.0f} lines/s, the bare bulk {bulk:,.0f}; {ratio:.2f} (goal 0.7)")


if __name__ == "__main__":
    main()
