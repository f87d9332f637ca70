"""What needs attention on a cluster, worst first. Pure: a snapshot in, rows out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from live.snapshot import Snapshot, TopicState

STALE_MS = 20_000  # four polls were missed

#: Verdicts of groups in the order in which they hurt; those that are not here need nobody.
VERDICTS = {
    "lost": ("Lost records", "bad"),
    "at_risk": ("At risk of loss", "bad"),
    "beyond_end": ("Beyond the end", "bad"),
    "blocked": ("Blocked", "bad"),
    "stalled": ("Stalled", "bad"),
    "stopped": ("Stopped", "bad"),
    "falling_behind": ("Falling behind", "warn"),
    "never_committed": ("Never committed", "warn"),
    "unowned": ("No owner", "warn"),
    "rebalancing_often": ("Rebalancing often", "warn"),
}
_ORDER = (
    *("no_leader", *(code for code, (_, tone) in VERDICTS.items() if tone == "bad")),
    *("broker", "under_replicated", *(code for code, (_, tone) in VERDICTS.items() if tone == "warn")),
)


@dataclass(frozen=True, slots=True)
class Concern:
    code: str
    label: str
    tone: str  # bad | warn
    kind: str  # group | topic | broker
    subject: str
    sentence: str
    weight: int = 0  # among concerns of one code: the larger first


def known(snapshot: Snapshot | None) -> Snapshot | None:
    """None also for the snapshot of a cluster that never answered: its zeros are not facts."""
    return None if snapshot is None or (snapshot.error and snapshot.good_at is None) else snapshot


def everything(_: str) -> bool:
    return True


def attention(
    snapshot: Snapshot, topics: Callable[[str], bool] = everything, groups: Callable[[str], bool] = everything
) -> list[Concern]:
    """Concerns about the topics and groups for which the predicates hold, and about brokers."""
    may_see = {"topic": topics, "group": groups, "broker": everything}
    return [concern for concern in _all(snapshot) if may_see[concern.kind](concern.subject)]


_last: dict[int, tuple[Snapshot, list[Concern]]] = {}


def _all(snapshot: Snapshot) -> list[Concern]:
    """Worked out once for a snapshot: every page of its cluster counts them in the rail."""
    last = _last.get(snapshot.cluster)
    if last is None or last[0] is not snapshot:
        last = _last[snapshot.cluster] = (snapshot, _find(snapshot))
    return last[1]


def _find(snapshot: Snapshot) -> list[Concern]:
    found = [
        Concern(g.verdict.code, *VERDICTS[g.verdict.code], "group", g.group, g.verdict.sentence)
        for g in snapshot.groups.values()
        if g.verdict.code in VERDICTS
    ]
    for topic in snapshot.topics.values():
        found.extend(_of_topic(topic))
    found += [Concern("broker", "Broker", "warn", "broker", str(b.id), b.error) for b in snapshot.brokers if b.error]
    return sorted(found, key=lambda c: (_ORDER.index(c.code), -c.weight, c.subject))


def under_replicated(topic: TopicState) -> int:
    return sum(len(p.isr) < len(p.replicas) for p in topic.partitions)


def _of_topic(topic: TopicState) -> list[Concern]:
    headless = [p.id for p in topic.partitions if p.leader is None]
    if headless:
        text = f"{_of(headless, topic)} no leader: nothing can be written or read there"
        return [Concern("no_leader", "No leader", "bad", "topic", topic.name, text, len(headless))]
    thin = [p for p in topic.partitions if len(p.isr) < len(p.replicas)]
    if not thin:
        return []
    worst = min(thin, key=lambda p: len(p.isr))
    missing = sorted({str(b) for p in thin for b in p.replicas if b not in p.isr})
    text = (
        f"{_of([p.id for p in thin], topic)} {len(worst.isr)} of {len(worst.replicas)} replicas in sync: "
        f"missing broker{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    )
    return [Concern("under_replicated", "Under-replicated", "warn", "topic", topic.name, text, len(thin))]


def _of(ids: list[int], topic: TopicState) -> str:
    total = len(topic.partitions)
    if total == 1:
        return "its only partition has"
    return f"{len(ids)} of {total} partitions {'has' if len(ids) == 1 else 'have'}"
