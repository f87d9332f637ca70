"""How verdicts are called and coloured, worst first."""

from __future__ import annotations

from clusters.health import VERDICTS
from live.snapshot import Finding, Verdict

LABELS: dict[str, tuple[str, str]] = {
    **VERDICTS,
    "unknown": ("Not known yet", ""),
    "keeping_up": ("Keeping up", "ok"),
    "idle": ("Idle", ""),
    "skewed": ("Skewed", ""),
    "idle_members": ("Idle members", ""),
}
ORDER = {code: rank for rank, code in enumerate(LABELS)}


def label(code: str) -> str:
    return LABELS[code][0] if code in LABELS else code.replace("_", " ").capitalize()


def tone(code: str) -> str:
    """bad | warn | ok | "" (says nothing)"""
    return LABELS[code][1] if code in LABELS else ""


def findings(verdict: Verdict) -> tuple[Verdict | Finding, ...]:
    """The verdict, and what else is true of the group."""
    return (verdict, *verdict.also)


def since(verdict: Verdict) -> int | None:
    """When a trouble was first seen; None for what is none, and where the sentence says for how long."""
    return verdict.since if verdict.code in VERDICTS and verdict.code not in ("blocked", "stalled") else None


def sentences(text: str) -> tuple[str, str]:
    """(the first sentence, the rest)"""
    first, stop, rest = text.partition(". ")
    return (f"{first}.", rest) if stop else (text, "")


def rank(code: str) -> int:
    return ORDER.get(code, ORDER["unknown"])
