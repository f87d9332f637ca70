"""What the page of an experiment shows: one frozen value."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from access.policy import allow
from clusters.health import known
from lab.consumers import words
from lab.consumers.changes import Turn, turns
from lab.consumers.experiments import BY_KEY, Experiment
from lab.consumers.ledger import Event, Ledger
from lab.consumers.models import ConsumerRun
from lab.consumers.picture import Picture, hue, picture
from lab.consumers.proof import Proof, prove
from lab.consumers.service import may_steer
from lab.consumers.settings import MEMBERS, Settings
from lab.runs import State
from live import snapshots

SLOW_MS = 200  # that the button makes a record take
LATEST = 60  # events that are shown
TURNS = 6  # changes of the group that are put into words, the newest
TONES = {State.RUNNING: "ok", State.ENDING: "ok", State.STOPPED: "bad", State.WAITING: "warn"}
STATES = {"running": "ok", "paused": "warn", "leaving": "warn", "killed": "bad", "died": "bad", "stopped": "plain"}
DID = {
    "started": "is started",
    "joined": "has joined as",
    "assigned": "is given",
    "revoked": "gives up",
    "lost": "learns that it has lost",
    "killed": "is killed",
    "died": "has died",
    "stopped": "is stopped",
    "ended": "stops: every consumer is told to leave",
    "closed": "has left",
    "paused": "pauses",
    "resumed": "goes on",
    "slowed": "takes",
    "stands": "stands still",
    "breach": "has exceeded max.poll.interval.ms: its client left the group",
    "refused": "had a commit refused:",
    "error": "is told by its client:",
    "failed": "gave up:",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A member as it is now."""

    name: str
    hue: int
    state: str
    tone: str
    alive: bool
    work_ms: int
    slow: bool
    standing_ms: int  # that it will stand still
    owns: tuple[int, ...]
    done: int  # records it processed, each time counted


@dataclass(frozen=True, slots=True)
class Line:
    when: str
    who: str
    hue: int
    said: str


@dataclass(frozen=True, slots=True)
class Page:
    run: ConsumerRun
    settings: Settings
    experiment: Experiment | None
    tone: str
    sentence: str
    sentence_tone: str
    proof: Proof
    causes: tuple[str, ...]
    cards: tuple[Card, ...]
    picture: Picture
    turned: tuple[str, ...]  # what changes of the group stopped
    turns: tuple[tuple[str, Turn], ...]  # when, what
    lines: tuple[Line, ...]  # newest first
    unkept: int  # more lines that nobody kept
    refusals: tuple[str, ...]  # the newest orders that were not followed
    troubles: tuple[str, ...]  # a topic that is filled no longer, what clients say to members that are given nothing
    steers: bool
    full: bool
    group_known: bool
    link: str  # the words of an address that leads to these settings
    slow_ms: int = SLOW_MS


def page(user: Any, run: ConsumerRun) -> Page:
    settings = Settings(**run.settings)
    ledger = Ledger.from_json(run.ledger) if run.ledger else Ledger(settings.partitions)
    proof, found, begun = prove(ledger), turns(ledger, settings.members), _begun(run, ledger)
    over = not run.under_way
    experiment = BY_KEY.get(run.experiment)
    worst = "bad" if proof.never else "warn" if proof.more else "ok" if proof.once else "info"
    return Page(
        run=run,
        settings=settings,
        experiment=experiment,
        tone=TONES.get(State(run.state), "plain"),
        sentence=words.headline(settings, proof, over),
        sentence_tone=worst,
        proof=proof,
        causes=tuple(words.cause(why, settings, begun) for why in proof.causes),
        cards=tuple(_cards(run, ledger, settings)),
        picture=picture(ledger, begun, _until(run, ledger, begun)),
        turned=tuple(words.turned(turn, begun) for turn in found if not turn.first)[-TURNS:],
        turns=tuple((words.since(turn.at, begun), turn) for turn in found),
        lines=tuple(_line(event, begun) for event in reversed(ledger.events[-LATEST:])),
        unkept=ledger.unkept,
        troubles=tuple(_troubles(run, ledger)),
        refusals=tuple(order.said for order in run.orders.order_by("-pk")[:3] if order.said),
        steers=run.under_way and may_steer(user, run),
        full=len(run.alive) >= MEMBERS,
        group_known=run.under_way and _in_snapshot(user, run),
        link=settings.query(experiment.settings if experiment else Settings()),
    )


def _cards(run: ConsumerRun, ledger: Ledger, settings: Settings) -> Iterator[Card]:
    alive = {player["name"] for player in run.alive}
    owners, done = ledger.owners(alive), dict[str, int]()
    for span in ledger.spans:
        done[span.who] = done.get(span.who, 0) + span.end - span.first
    now = time.time() * 1000
    for player in sorted(run.cast, key=lambda p: p["name"]):
        name, state = player["name"], player["state"]
        standing = max(0, round(player["standing_until"] - now)) if player["standing_until"] else 0
        owns = tuple(p for p, names in owners.items() if name in names)
        work = player["work_ms"]
        slow = work != settings.work_ms
        if name not in alive and state in ("running", "paused", "leaving"):
            state = "gone"
        tone = STATES.get(state, "plain")
        yield Card(name, hue(name), state, tone, name in alive, work, slow, standing, owns, done.get(name, 0))


def _line(event: Event, begun: int) -> Line:
    who, what = event.who or "generator", DID.get(event.what, event.what)
    if event.partitions:
        what += " " + ", ".join(map(str, event.partitions))
    elif event.what in ("assigned", "revoked"):
        what += " nothing more"
    return Line(words.since(event.at, begun), who, hue(event.who), f"{what} {event.said}".strip())


def _troubles(run: ConsumerRun, ledger: Ledger) -> Iterator[str]:
    if run.under_way and (unfilled := words.unfilled(ledger)):
        yield unfilled
    for player in run.alive:
        mine = [e for e in ledger.events if e.who == player["name"] and e.what in ("started", "assigned", "error")]
        if mine and mine[-1].what == "error":
            yield f"{player['name']} is told by its client: {mine[-1].said}"


def _begun(run: ConsumerRun, ledger: Ledger) -> int:
    """When the first member was started (ms)."""
    return ledger.events[0].at if ledger.events else round(run.created_at.timestamp() * 1000)


def _until(run: ConsumerRun, ledger: Ledger, begun: int) -> int:
    """Now; of one that is over, when its members were told to leave, or the last that was heard of them (ms)."""
    if run.ended_at is None:
        return round(time.time() * 1000)
    ends = [event.at for event in ledger.events if event.what == "ended"]
    return ends[0] if ends else max([begun, *(e.at for e in ledger.events), *(s.ended for s in ledger.spans)])


def _in_snapshot(user: Any, run: ConsumerRun) -> bool:
    snapshot = known(snapshots.newest(run.cluster_id))
    return bool(snapshot and run.topic in snapshot.groups) and allow(user, "group.view", run.cluster, run.topic)
