"""What goes over the socket of a group. Pure.

full   {t: "full", at, status, why, shape, keys: [[topic, partition], ...], rows: [[...], ...], sums, verdict, decades}
delta  {t: "delta", rows: [[index into keys, ...], ...], sums, commits: per second}
row    committed, end, lag, retained, last commit, rate, rate of arrivals, tone (0 | 1 behind | 2 stuck), caught up
       in ms (-1: never, -2: not behind, and it stays so), time lag in ms, its mark (1: by the record's timestamp, 0:
       about, a text: why the timestamp says nothing). null is unknown; offsets that a JavaScript number cannot hold are
       strings.
`shape` is what the page's HTML depends on: when it differs from the page's own, the page fetches itself anew.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from groups import verdicts
from groups.lanes import Lane
from groups.sums import Sums
from live.snapshot import GroupState

EXACT = 2**53
CAUGHT_UP = {"never": -1, "steady": -2}
TONES = {"": 0, "behind": 1, "stuck": 2}


def number(value: int | None) -> int | str | None:
    return str(value) if value is not None and abs(value) > EXACT else value


def row(lane: Lane) -> list[Any]:
    left = lane.catch_up_ms
    return [
        number(lane.committed),
        number(lane.end),
        number(lane.lag),
        number(lane.retained),
        lane.last_commit,
        lane.rate,
        lane.in_rate,
        TONES[lane.tone],
        CAUGHT_UP.get(left, left),
        lane.time_lag.ms,
        lane.time_lag.why or int(lane.time_lag.exact),
    ]


def figures(sums: Sums) -> dict[str, Any]:
    return {
        "lag": number(sums.lag),
        "known": sums.known,
        "count": sums.count,
        "arriving": sums.arriving,
        "committed": sums.committed,
        "time_lag": sums.time_lag.ms,
        "at_least": sums.time_lag.at_least,
        "exact": sums.time_lag.exact,
        "expires": sums.expires_ms,
    }


def verdict(group: GroupState) -> dict[str, Any]:
    v = group.verdict
    evidence, more = verdicts.sentences(v.sentence)
    return {
        "label": verdicts.label(v.code),
        "tone": verdicts.tone(v.code),
        "evidence": evidence,
        "more": more,
        "next": v.next,
        "also": [finding.sentence for finding in v.also],
    }


def shape(group: GroupState) -> str:
    """Changes with members, state, partitions and the kind of verdict, not with offsets."""
    v = group.verdict
    owners = [(m.id, m.client_id, m.host, m.partitions) for m in group.members]
    places = [(o.topic, o.partition) for o in group.offsets]
    said = [(f.code, f.topic, f.partition, f.offset) for f in verdicts.findings(v)]
    seen = (group.state, group.assignor, group.error, said, owners, places)
    return sha256(repr(seen).encode()).hexdigest()[:16]
