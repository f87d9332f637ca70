"""What the sink waits for is on the Logs page, in its store's words, for who may read the lines."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest

from access import policy
from access.models import Binding
from clusters import reading as stored
from clusters.models import Cluster
from gateway.errors import KafkaFault
from gateway.reading import MaskRule
from live.reader_link import ReadFailed
from pipelines.logs import trouble
from pipelines.logs.trouble import BELIEVED, Trouble, newest, waiting
from reader.shown import Row, Shown
from tests.clusters.conftest import sign_in
from tests.streams.programs import WITHIN, broker, start, write

__all__ = ["broker", "start"]
NOW = 1_790_000_000_000


def row(key: str, said: object, at: int = NOW - 1_000) -> Row:
    value = said if isinstance(said, str) else json.dumps(said)
    return Row(0, 0, at, "create", Shown("text", key, 9), Shown("json", value, 9), 0)


def word(state: str, since: int = 0, says: str = "") -> dict[str, object]:
    return {"state": state, "since": since, "says": says}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], None),
        ([row("a", word("waiting", 5, "full"))], Trouble(5, "full")),
        ([row("a", word("writing", 9)), row("a", word("waiting", 5, "full"))], None),
        ([row("a", word("waiting", 5, "full")), row("a", word("writing", 1))], Trouble(5, "full")),
        ([row("a", word("waiting", 7, "away")), row("b", word("waiting", 5, "full"))], Trouble(5, "full")),
        ([row("a", word("writing", 8)), row("b", word("waiting", 5, "full"))], Trouble(5, "full")),
        ([row("a", word("waiting", 5, "full"), NOW - BELIEVED)], None),
        ([row("a", "{"), row("b", '{"state": 1}')], None),
    ],
)
def test_the_newest_word_of_each_process_counts_and_an_old_one_is_not_believed(rows, found):
    assert waiting(rows, NOW) == found


def until(cluster: Cluster, wanted: bool) -> Trouble | None:
    deadline = time.monotonic() + WITHIN
    while True:
        with suppress(KafkaFault, ReadFailed):
            found = newest(cluster)
            if (found is not None) == wanted:
                return found
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_sink_that_waits_is_on_the_page_until_it_writes(
    transactional_db, broker, start, client, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr(trouble, "KEPT", -1.0)
    monkeypatch.setattr(trouble, "_known", {})
    write(broker, "logs-enriched", 1, [(b"k", b"{}")])
    cluster = Cluster.objects.create(name="real", bootstrap=broker)
    settings.LOGS = {cluster.slug: str(tmp_path / "logs.db")}
    viewer = sign_in(client, "viewer", cluster)
    page = f"/c/{cluster.slug}/logs/"
    assert f'hx-get="{page}sink/"' in viewer.get(page).content.decode()
    assert viewer.get(f"{page}sink/").content.decode().strip() == ""  # nothing is known yet

    process = start("sink", 1, "--to", "http://127.0.0.1:1")
    found = until(cluster, True)
    assert found is not None and "http://127.0.0.1:1 does not answer" in found.says
    assert abs(found.since - time.time() * 1000) < 600_000
    body = viewer.get(f"{page}sink/").content.decode()
    assert "The sink waits" in body and "http://127.0.0.1:1 does not answer" in body

    stored.set_masks(cluster, [MaskRule("service-logs", "value", "card")])
    assert viewer.get(f"{page}sink/").status_code == 403
    stored.set_masks(cluster, [])
    process.kill()
    process.wait()
    start("sink", 1, "--to", str(tmp_path / "logs.db"))
    until(cluster, False)
    assert viewer.get(f"{page}sink/").content.decode().strip() == ""
    Binding.objects.update(names="service-*")
    policy.forget(Binding.objects.get().user_id)
    assert viewer.get(f"{page}sink/").status_code == 403


def test_while_kafka_is_away_nothing_is_known(viewer, cluster):
    assert viewer.get(f"/c/{cluster.slug}/logs/sink/").content.decode().strip() == ""
