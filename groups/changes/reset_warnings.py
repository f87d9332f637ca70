"""What a person should know before a reset is applied. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from changes.words import count, names_said
from gateway import reset
from gateway.errors import KafkaFault
from gateway.facts import TopicPartition
from groups.changes.reset_params import Params
from groups.changes.reset_rows import Standings
from groups.changes.reset_words import local
from live.snapshot import GroupState

WATCHED_MS = 60_000
MOVES = 3  # a reset and its undo move a group's offsets twice


def warnings(
    params: Params,
    time_ms: int | None,
    now_ms: int,
    moves: Iterable[reset.Row],
    standings: Standings,
    topics: Iterable[str],
    anew: Sequence[TopicPartition],
) -> list[str]:
    """`anew`: partitions of topics that were made anew since the commit, as their leader epoch tells."""
    rows = list(moves)
    said = [*_of_its_owner(params.group, topics)]
    if time_ms is not None and time_ms > now_ms:
        said.append(f"{local(time_ms, params.zone)} is in the future: every partition goes to its end.")
    if out := [str(row.partition) for row in rows if row.refusal]:
        said.append(f"Can't be reset and will be left: {names_said(out)}.")
    if params.to in ("offset", "shift", "group", "file"):
        moved = [str(row.partition) for row in rows if row.note and row.now is not None]
        if moved:
            where = count(len(moved), "partition")
            said.append(f"On {where} the offset is not in the log and was moved: {names_said(moved)}.")
    if other := [str(tp) for tp in anew]:
        said.append(
            f"What is committed on {names_said(other)} is of a later leader epoch than the partition has reached: the "
            "topic was made anew since. The same offsets are other records now."
        )
    if beyond := [row for row in rows if _is_beyond(row, standings) and row.partition not in set(anew)]:
        names = names_said([str(row.partition) for row in beyond])
        said.append(
            f"What is committed lies beyond the end on {names}: the topic was made anew since, or has lost its newest "
            "records. The same offsets are other records now."
        )
    return said


def commits_without_members(group: GroupState | None, at_ms: int) -> tuple[str, ...]:
    """A sentence when offsets go on moving although nobody is in the group. `at_ms`: when the newest poll began."""
    if group is None or group.members:
        return ()
    since = max(at_ms - WATCHED_MS, max(group.rebalanced, default=0))
    sums = [committed for at, _, committed in group.samples if at > since]
    moves = sum(before != after for before, after in itertools.pairwise(sums))
    if moves < MOVES:
        return ()
    said = (
        f"Commits still come in although the group has no members: its offsets moved in {moves} of the last "
        f"{len(sums) - 1} polls. A client that assigns its partitions itself goes over what is written here: stop it "
        "first."
    )
    return (said,)


def _of_its_owner(group: str, topics: Iterable[str]) -> list[str]:
    said = []
    if group.startswith("connect-"):
        said.append(
            f"This looks like the group of the Connect sink {group.removeprefix('connect-')}. Stop that connector "
            "first: while it runs, its own offsets go over these."
        )
    own = [t for t in topics if t.startswith(f"{group}-") and t.endswith(("-changelog", "-repartition"))]
    if own:
        said.append(
            f"This looks like a Kafka Streams application ({names_said(sorted(own))}): its state stores do not move "
            "with its offsets. kafka-streams-application-reset.sh resets both."
        )
    return said


def _is_beyond(row: reset.Row, standings: Standings) -> bool:
    standing = standings[row.partition]
    return row.now is not None and not isinstance(standing, KafkaFault) and row.now > standing.end
