"""A rebalance in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gateway import words
from gateway.rebalance import Gone, Party, Rebalance

SHOWN = 3  # members by name; of more it is said how many they are
TURNED = {"upgraded": "upgraded to the consumer protocol", "downgraded": "went back to the classic protocol"}
HOW = {"left": "left", "timed_out": "timed out", "unclear": "left or timed out"}
OTHERS = {
    "topics": "subscribed to other topics",
    "partitions": "its topics or their partitions changed",
    "unknown": "no member came or went",
}


def labels(members: Iterable[Party]) -> dict[str, str]:
    """What people call each member, by its id: the client id; several with one client id are numbered."""
    known = {m.id: m.client_id or m.id[:12] for m in members}
    shared = list(known.values())
    found: dict[str, str] = {}
    for n, (id, name) in enumerate(known.items()):
        found[id] = f"{name} #{shared[: n + 1].count(name)}" if shared.count(name) > 1 else name
    return found


def cause(rebalance: Rebalance, label: Callable[[str], str]) -> str:
    """Why it happened, as far as it is known. `label`: of a member, by its id."""
    said = [TURNED[rebalance.code]] if rebalance.code in TURNED else []
    if rebalance.code == "deployed":
        said.append("deployed: every member was replaced")
    if rebalance.joined:
        said.append(f"{_names(rebalance.joined, label)} joined")
    for how in HOW:
        gone = [g for g in rebalance.left if g.how == how]
        if gone:
            said.append(f"{_names([g.member for g in gone], label)} {HOW[how]}{_silence(gone)}")
    if rebalance.replaced:
        said.append(f"{_names([r.after for r in rebalance.replaced], label)} restarted and got its place back")
    if not said:
        said.append(OTHERS.get(rebalance.code, OTHERS["unknown"]))
    return ", ".join(said)


def _silence(gone: Sequence[Gone]) -> str:
    if len(gone) != 1 or gone[0].how == "left" or gone[0].silent_ms is None:
        return ""
    return f", no sign of it for {words.duration(gone[0].silent_ms / 1000)}"


def _names(members: Sequence[Party], label: Callable[[str], str]) -> str:
    if len(members) > SHOWN:
        return words.count(len(members), "member")
    names = [label(m.id) for m in members]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
