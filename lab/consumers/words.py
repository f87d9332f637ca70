"""What came of an experiment, in sentences. Pure."""

from __future__ import annotations

from lab.consumers.changes import Turn
from lab.consumers.ledger import Ledger
from lab.consumers.proof import Cause, Proof
from lab.consumers.settings import Settings

BEFELL = {
    "killed": "was killed",
    "died": "died",
    "breach": "stood still for longer than max.poll.interval.ms",
    "lost": "lost its partitions",
    "stopped": "was stopped",
    "revoked": "had to give its partitions up",
    "": "had them",
}
CAME = {
    "started": "was started",
    "stopped": "was stopped",
    "killed": "was killed",
    "died": "died",
    "stands": "stood still",
}


def how(settings: Settings) -> str:
    """The setting that decides."""
    if settings.automatic:
        what = "what was processed" if settings.commit == "auto" else "what was handed out"
        return f"Auto commit of {what}, every {settings.interval_ms / 1000:g} s"
    if settings.commit == "before":
        return "Commit before processing"
    return "Commit after processing"


def headline(settings: Settings, proof: Proof, over: bool) -> str:
    """Auto commit …, every 5 s: 212 records were processed twice or more, 0 never."""
    if not proof.written:
        return "Nothing has been written yet." if not over else "Nothing was written."
    verb, so_far = ("were", "") if over else ("have been", " so far")
    unread = f" {proof.unread:,} are still unread." if proof.unread else ""
    return (
        f"{how(settings)}: of {proof.written:,} records {proof.once:,} {verb} processed once,"
        f" {proof.more:,} twice or more, {proof.never:,} never{so_far}.{unread}"
    )


def unfilled(ledger: Ledger) -> str:
    """That the proof is not of all that was to be written; "" when it is."""
    broken = ledger.unfilled
    if broken is None:
        return ""
    ended = f"gave up: {broken.said.rstrip('.')}" if broken.what == "failed" else "died"
    return f"The generator {ended}. Nothing was written after that: the proof covers only what was written before."


def cause(why: Cause, settings: Settings, begun: int) -> str:
    """`begun`: when the experiment began (ms)."""
    records = f"{why.records:,} record{'' if why.records == 1 else 's'}"
    were = "was" if why.records == 1 else "were"
    when = f" at {since(why.at, begun)}" if why.at is not None else ""
    befell = f"{why.who} {BEFELL[why.what]}{when}" if why.who else "somebody"
    if why.kind == "lost":
        return f"{records} {were} never processed: {befell} after the commit that passed them, and before the work."
    again = "again by itself" if why.next == why.who else f"again by {why.next}"
    return f"{records} {were} processed {again}: {befell}, and had processed more than was committed."


def since(at: int, begun: int) -> str:
    """+12.3 s"""
    return f"+{max(0, at - begun) / 1000:.1f} s"


def turned(turn: Turn, begun: int) -> str:
    """C was started at +6.2 s: 2 of 6 partitions stopped, 2 of them moved; the longest time 1.02 s."""
    head = f"{turn.who} {CAME[turn.what]} at {since(turn.at, begun)}"
    if not turn.stopped:
        return f"{head}: no partition stopped."
    moved = f"{turn.moved} of them moved" if turn.moved else "none of them moved"
    everybody = "all" if turn.stopped == turn.partitions else f"{turn.stopped} of"
    return (
        f"{head}: {everybody} {turn.partitions} partitions stopped, {moved};"
        f" the longest time {turn.longest_ms / 1000:,.2f} s."
    )
