"""What a search is asked for: the words of the messages page's address. Estimated before it begins."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from clusters.models import Cluster
from gateway.config import ClusterConfig
from live import reader_link, snapshots
from live.reader_link import ReadFailed
from reader import requests
from reader.query import Query, Start
from reader.replies import Found, Measured
from reader.requests import Extent
from reader.scan import Span
from records.reading import reading
from records.searches.models import Search

WORDS = ("filter", "case", "where", "partition", "start", "until", "committed", "columns", "read_key", "read_value")
SAMPLE = 20_000  # records that are read to tell a rate where no search has run
KNOWN = 5  # searches whose rates are taken


@dataclass(frozen=True, slots=True)
class Estimate:
    topic_id: str
    spans: dict[int, Span]
    leaderless: tuple[int, ...]
    notes: tuple[str, ...]
    records: int
    bytes: int | None  # on disk, as Kafka's log dirs have it
    rate: float | None  # records/s
    measured: str  # where the rate comes from

    @property
    def seconds(self) -> float | None:
        return self.records / self.rate if self.rate else None

    @property
    def took(self) -> int | None:
        """Milliseconds."""
        return None if self.seconds is None else int(self.seconds * 1000)


def asked_for(words: Mapping[str, str]) -> dict[str, str]:
    """What of an address is kept. Raises BadRequest for what makes no sense."""
    asked = {name: words[name] for name in WORDS if words.get(name)}
    if asked.get("start") in ("live", "newest"):
        del asked["start"]
    reading(asked)
    return asked


def extent(config: ClusterConfig, topic: str, asked: Mapping[str, str]) -> Measured:
    """Raises ReadFailed, BadRequest."""
    wanted = reading(asked)
    request = Extent(0, config.fingerprint, topic, wanted.partitions, wanted.start or Start("oldest"), end=wanted.until)
    return next(reply for reply in reader_link.call(config, request) if isinstance(reply, Measured))


def estimate(cluster: Cluster, topic: str, asked: Mapping[str, str]) -> Estimate:
    """Raises ReadFailed, BadRequest."""
    config = cluster.config()
    found = extent(config, topic, asked)
    records = sum(end - start for start, end in found.spans.values())
    rate, measured = _known_rate(cluster, topic), "the searches before this one"
    if rate is None and records:
        query = reading(asked).query(config.fingerprint, topic)
        rate, measured = _sampled(config, query, found), f"a sample of {min(records, SAMPLE):,} records"
    size = _bytes(cluster, topic, found.spans)
    return Estimate(found.topic_id, found.spans, found.leaderless, found.notes, records, size, rate, measured)


def _bytes(cluster: Cluster, topic: str, spans: dict[int, Span]) -> int | None:
    """Of what the leaders hold, the share of the spans. None where Kafka does not tell."""
    snapshot = snapshots.newest(cluster.pk)
    state = snapshot.topics.get(topic) if snapshot is not None else None
    if state is None:
        return None
    held, total = {p.id: p for p in state.partitions}, 0.0
    for partition, (start, end) in spans.items():
        p = held.get(partition)
        if p is None or p.size is None or p.start is None or p.end is None:
            return None
        total += p.size * min(1.0, (end - start) / max(1, p.end - p.start))
    return int(total)


def _known_rate(cluster: Cluster, topic: str) -> float | None:
    """Of the newest searches that say something of it: in this topic, else in any of this cluster."""
    long = Search.objects.filter(cluster=cluster, seconds__gt=1, scanned__gt=SAMPLE)
    for which in (long.filter(topic=topic), long):
        found = list(which.values_list("scanned", "seconds")[:KNOWN])
        if found:
            return float(sum(n for n, _ in found) / sum(s for _, s in found))
    return None


def _sampled(config: ClusterConfig, query: Query, found: Measured) -> float | None:
    """Reads the first records of each partition with this very query."""
    each = max(1, SAMPLE // max(1, len(found.spans)))
    spans = {p: (start, min(end, start + each)) for p, (start, end) in found.spans.items()}
    begun = time.monotonic()
    try:
        request = requests.Search(0, query, spans, found.topic_id, credit=1000, preview=0)
        replies = reader_link.link().call(config, request, 5.0)
    except ReadFailed:
        return None
    scanned = sum(reply.scanned for reply in replies if isinstance(reply, Found))
    return scanned / max(0.01, time.monotonic() - begun)
