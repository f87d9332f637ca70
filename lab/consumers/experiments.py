"""The experiments that are ready made: a question, what to press, what to expect, a script that presses. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.consumers.settings import Settings


@dataclass(frozen=True, slots=True)
class Step:
    """An order to the stage, or one of: `wait` so many ms, `shared` until the partitions are, `committed` until this
    member has just committed, `breach` until its client has told it that max.poll.interval.ms is exceeded, `end`."""

    verb: str
    who: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    label: str
    words: dict[str, Any]  # what differs from the experiment's settings


@dataclass(frozen=True, slots=True)
class Experiment:
    key: str
    question: str
    short: str
    press: tuple[str, ...]
    expect: tuple[str, ...]
    settings: Settings
    steps: tuple[Step, ...]
    variants: tuple[Variant, ...] = ()


SHARED, END = Step("shared"), Step("end")


def wait(seconds: float) -> Step:
    return Step("wait", value=round(seconds * 1000))


KILL = (SHARED, wait(2), Step("committed", "A"), wait(2.5), Step("kill", "A"), SHARED, wait(2), END)

READY = (
    Experiment(
        "kill-with-auto-commit",
        "What does a kill -9 cost with auto commit?",
        "Two consumers commit every 5 s by themselves; one of them is killed.",
        ("Wait until A and B share the partitions, then some seconds.", "Kill A.", "Wait until B owns all, then end."),
        (
            "B goes on from A's last commit: what A processed since then is processed twice, up to 5 s of its records.",
            "Nothing is lost as long as offsets are stored when a record was processed.",
            "librdkafka stores them when a record is handed out, unless told otherwise: then what A held in"
            " hand may be lost. The second link tries that.",
        ),
        Settings(partitions=4),
        KILL,
        (
            Variant("commit what was processed, every 5 s", {}),
            Variant("commit what was handed out, every 0.1 s", {"commit": "handed", "interval_ms": 100, "work_ms": 20}),
            Variant("commit every 0.5 s", {"interval_ms": 500}),
        ),
    ),
    Experiment(
        "before-or-after",
        "Commit before or after processing?",
        "The same kill -9, once with the commit before the work and once after it.",
        (
            "Wait until A and B share the partitions.",
            "Slow A to 200 ms a record, and kill it.",
            "End when B owns all.",
        ),
        (
            "Before: at most once. What A had committed and not processed is never processed by anybody.",
            "After: at least once. What A had processed and not committed is processed again by B.",
            "Either way it is at most one poll's records of A.",
        ),
        Settings(partitions=4, commit="before", batch=50, work_ms=5),
        (SHARED, wait(2), Step("slow", "A", 200), wait(2), Step("kill", "A"), SHARED, wait(2), END),
        (Variant("commit before", {}), Variant("commit after", {"commit": "after"})),
    ),
    Experiment(
        "what-a-rebalance-stops",
        "What does a rebalance stop: eager, cooperative, KIP-848?",
        "A third consumer joins two that are at work. Who has to stop, and for how long?",
        ("Wait until A and B share the partitions.", "Add C.", "End when all three own some."),
        (
            "range and roundrobin are eager: every member gives up every partition and waits for the new assignment.",
            "cooperative-sticky: only the partitions that move stop; the others are read on.",
            "KIP-848: the same, arranged by the broker; each member follows with its next heartbeat, every 5 s.",
        ),
        Settings(partitions=6),
        (SHARED, wait(3), Step("add"), SHARED, wait(2), END),
        (
            Variant("range", {}),
            Variant("cooperative-sticky", {"protocol": "cooperative-sticky"}),
            Variant("consumer (KIP-848)", {"protocol": "consumer"}),
        ),
    ),
    Experiment(
        "static-membership",
        "What is static membership worth at a restart?",
        "One of two consumers is stopped in order and started again a second later, as in a deployment.",
        ("Wait until A and B share the partitions.", "Stop A and start it again within its session timeout.", "End."),
        (
            "With a group.instance.id the broker keeps A's seat until its session times out: B hears of nothing.",
            "Without, B stops twice: when A leaves and when A comes back.",
        ),
        Settings(partitions=4, static=True, session_ms=10_000),
        (SHARED, wait(2), Step("stop", "A"), wait(1), Step("start", "A"), SHARED, wait(2), END),
        (Variant("static", {}), Variant("dynamic", {"static": "0"})),
    ),
    Experiment(
        "max-poll-interval",
        "What happens when processing takes longer than max.poll.interval.ms?",
        "A stands still over one record for 2 s longer than the client allows, and its heartbeats go on.",
        ("Wait until A and B share the partitions.", "Press “Stand still” on A.", "Watch B take A's partitions; end."),
        (
            "After max.poll.interval.ms A's client leaves the group by itself, although the process is alive.",
            "B goes on from A's last commit. When A polls again it learns what it has lost, and joins anew.",
            "What A held in hand is processed by both.",
        ),
        Settings(partitions=4, max_poll_ms=6000),
        (SHARED, wait(2), Step("stand", "A"), Step("breach", "A"), SHARED, wait(2), END),
        (Variant("range", {}), Variant("cooperative-sticky", {"protocol": "cooperative-sticky"})),
    ),
    Experiment(
        "more-consumers-than-partitions",
        "More consumers than partitions: what does the third do?",
        "Three consumers for two partitions, and one of them is killed.",
        ("Wait until both partitions have an owner.", "Kill one that has one.", "End when both have one again."),
        (
            "One partition has one owner: the third consumer is a member of the group and reads nothing.",
            "When an owner dies it takes over as soon as the dead one's session has timed out.",
        ),
        Settings(partitions=2, members=3),
        (SHARED, wait(2), Step("kill", "A"), SHARED, wait(2), END),
    ),
)
BY_KEY = {experiment.key: experiment for experiment in READY}
