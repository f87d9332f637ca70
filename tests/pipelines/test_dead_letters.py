from __future__ import annotations

from pipelines.dead_letters import Letters, dead_letters
from tests.snapshots import a_partition, a_snapshot, a_topic


def test_what_the_topics_hold_is_counted_and_unknown_is_not_zero():
    snapshot = a_snapshot(
        a_topic("a-dlq", a_partition(0, start=2, end=5), a_partition(1, start=0, end=1)),
        a_topic("b-dlq", a_partition(0, start=7, end=7)),
        a_topic("c-dlq", a_partition(0, start=0, end=None)),
    )
    asked = ["a-dlq", "b-dlq", "c-dlq", "not there"]
    assert dead_letters(snapshot, asked) == [Letters("a-dlq", 4), Letters("c-dlq", None)]
    assert dead_letters(None, asked) == []


def test_they_are_on_the_pages(viewer, cluster, poller, settings, tmp_path):
    settings.LOGS = {cluster.slug: str(tmp_path / "none.db")}
    poller(cluster, a_snapshot(*(a_topic(f"{n}-dlq", a_partition(0, end=3)) for n in ("service-logs", "user-events"))))
    assert "3 in service-logs-dlq" in viewer.get(f"/c/{cluster.slug}/logs/").content.decode()
    assert "3 in user-events-dlq" in viewer.get(f"/c/{cluster.slug}/shop/").content.decode()
