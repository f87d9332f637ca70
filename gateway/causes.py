"""Why a group rebalanced, as far as its records prove it. Pure.

Kafka writes who is in a group, never why a member is not in it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.rebalance import Gone, Party, Place, Replaced

LastCommit = Callable[[str, Place], int | None]  # when (ms) the group last committed there; None: not seen
CONSUMER_SESSION_MS: Final = 45_000  # KIP-848: the broker's default and least
CONSUMER_HEARTBEAT_MS: Final = 5_000
DEPLOY_MS: Final = 600_000  # how long the replacement of all members, one after the other, may take


@dataclass(frozen=True, slots=True)
class Changes:
    joined: tuple[Party, ...]
    left: tuple[Party, ...]
    replaced: tuple[Replaced, ...]
    stayed: bool  # somebody was there before and is there now


def changes(before: Sequence[Party], after: Sequence[Party]) -> Changes:
    were, are = {m.id: m for m in before}, {m.id: m for m in after}
    joined, left = [m for m in after if m.id not in were], [m for m in before if m.id not in are]
    came = {m.instance_id: m for m in joined if m.instance_id is not None}
    replaced = [Replaced(m, came[m.instance_id]) for m in left if m.instance_id in came and m.instance_id is not None]
    again = {r.before.id for r in replaced} | {r.after.id for r in replaced}
    return Changes(
        tuple(m for m in joined if m.id not in again),
        tuple(m for m in left if m.id not in again),
        tuple(replaced),
        bool(were.keys() & are.keys()) or bool(replaced),
    )


def gone(
    member: Party,
    group: str,
    at: int,
    session_ms: int,
    slack_ms: int,
    alive_at: int | None,
    since: int | None,
    others: Iterable[Place],
    last_commit: LastCommit,
) -> Gone:
    """How a member that was removed at `at` went. `alive_at`: when its own records last proved that it lived;
    `since`: when it got its partitions, an earlier commit is another member's; `slack_ms`: how old a proof of life may
    be when its session begins; `others`: partitions of those who stayed.

    A session cannot have run out before its length has passed since the last sign of life, so a shorter silence proves
    that it left (or that its client gave up its place). After a longer one it most likely timed out, if it used to
    commit and fell silent while others went on; without such evidence nothing can be said.
    """
    committed = _newest(group, member.places(), last_commit)
    if committed is not None and since is not None and committed < since:
        committed = None
    signs = [ms for ms in (committed, alive_at) if ms is not None]
    if not signs:
        return Gone(member, "unclear")
    silent = max(0, at - max(signs))
    if silent < session_ms - slack_ms:
        return Gone(member, "left", silent)
    if committed is None:
        return Gone(member, "unclear", silent)
    went_on = _newest(group, others, last_commit)
    outlived = went_on is not None and went_on - committed >= session_ms // 2
    alone = went_on is None and silent <= 2 * session_ms
    return Gone(member, "timed_out" if outlived or alone else "unclear", silent)


def _newest(group: str, places: Iterable[Place], last_commit: LastCommit) -> int | None:
    return max((ms for place in places if (ms := last_commit(group, place)) is not None), default=None)


def code(found: Changes, left: Sequence[Gone], subscribed: bool, partitions: bool, deployed: bool) -> str:
    """`subscribed`: a member that stayed reads other topics; `partitions`: there are other partitions to read."""
    if deployed or (found.joined and found.left and not found.stayed):
        return "deployed"
    if found.joined and left:
        return "changed"
    if found.joined:
        return "joined"
    if left:
        return "timed_out" if all(g.how == "timed_out" for g in left) else "left"
    if found.replaced:
        return "replaced"
    return "topics" if subscribed else "partitions" if partitions else "unknown"


class Arrivals:
    """Whether all members of a group were replaced within a short time: then somebody deployed. Who went counts as
    replaced when it was there before all that are there now: members of a young group that die are no deployment."""

    def __init__(self, members: Iterable[Party] = ()) -> None:
        self._came: dict[str, int | None] = {m.id: None for m in members}  # None: it was there when we began to look
        self._went: list[tuple[int, int | None]] = []  # when it went, when it had come

    def deployed(self, at: int, before: Sequence[Party], after: Sequence[Party]) -> bool:
        """To be told of every rebalance; True for the one with which the last of the old members is gone."""
        found = changes(before, after)
        gone = *found.left, *(r.before for r in found.replaced)
        self._went += [(at, self._came.get(m.id)) for m in gone]
        self._went = [(ms, since) for ms, since in self._went if at - ms <= DEPLOY_MS]
        came = {m.id: at for m in found.joined} | {r.after.id: at for r in found.replaced}
        self._came = {m.id: came.get(m.id, self._came.get(m.id)) for m in after}
        times = [ms for ms in self._came.values() if ms is not None and at - ms <= DEPLOY_MS]
        if len(after) < 2 or len(times) < len(after):
            return False
        if sum(since is None or since < min(times) for _, since in self._went) < len(after):
            return False
        self._went.clear()
        return True
