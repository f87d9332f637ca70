"""What a change is, whatever it changes: a plan that can be read, an effect, what Kafka said afterwards, the way back.

A kind is one class in the `changes/` of `groups`, `topics` or `records`. Only these may touch `cluster.mutate`.
Values in rows are what a person compares: offsets as ints, settings as text, None for "nothing there".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from gateway.errors import KafkaFault, TimedOut, Unreachable

if TYPE_CHECKING:
    from changes.models import Change
    from changes.progress import Watch
    from gateway.cluster import Cluster
    from live.snapshot import Snapshot

Value = int | str | None
Facts = dict[str, Value]
P = TypeVar("P", bound=msgspec.Struct)


class Refusal(Exception):
    """It makes no sense or may not be done. `str(refusal)` is one sentence for a person; nothing was changed."""


class Protected(Refusal):
    """Refused because of what it would touch (Kafka's own topics). Such an attempt is kept in the audit trail."""


class Occupied(Refusal):
    """Refused because members are still in the group. Nothing was changed; an armed change goes on waiting."""


class PlanRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that would change: a partition, a setting."""

    name: str
    now: Value
    new: Value
    effect: str = ""  # "replays 43,192"
    note: str = ""
    warn: bool = False  # the note deserves to be noticed
    facts: Facts = {}  # what the row's picture needs


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One headline number of a plan."""

    value: str
    label: str
    warn: bool = False


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    target: str  # the name of the topic or group: what has to be typed
    summary: str  # what it does, in a few words: "3 partitions, 12,004 replayed"
    params: dict[str, Any]
    rows: tuple[PlanRow, ...] = ()
    figures: tuple[Figure, ...] = ()
    warnings: tuple[str, ...] = ()
    button: str = ""  # "Apply to 8 partitions"; empty: the title of the kind
    blocked: str = ""  # why it can't be applied as things are; the plan can still be read
    rule: str = ""  # blocked by members alone: what is agreed to when it is armed; empty: it can't be armed
    no_undo: str = ""  # why there will be no way back
    rests_on: Facts = {}  # facts that must still hold when it is applied
    facts: Facts = {}  # what was settled when it was planned and is needed again: the time that "2 h back" meant
    connect: str = ""  # how Kafka's own tools reach this cluster
    as_command: str = ""

    @property
    def changing(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if row.now != row.new)


class OutcomeRow(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    before: Value
    wanted: Value
    found: Value = None
    state: str = "unknown"  # ok | failed | unknown
    why: str = ""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    rows: tuple[OutcomeRow, ...]
    note: str = ""
    facts: Facts = {}

    @property
    def state(self) -> str:
        """done | partly | failed | unknown. One row that is not known makes the whole not known."""
        states = {row.state for row in self.rows}
        if "unknown" in states or not states:
            return "unknown"
        return "done" if states == {"ok"} else "failed" if states == {"failed"} else "partly"

    def after(self, applied: Outcome | None, *, settled: bool) -> Outcome:
        """This look at Kafka, with the reasons that `applied` gave for what is not as wanted.

        A call that timed out may still take effect: until `settled`, "not there" then means "not known".
        """
        said = {row.name: row for row in applied.rows} if applied else {}
        rows = []
        for row in self.rows:
            before = said.get(row.name)
            if row.state == "failed" and before is not None and before.state != "ok":
                state = "unknown" if before.state == "unknown" and not settled else "failed"
                row = msgspec.structs.replace(row, state=state, why=before.why)
            rows.append(row)
        return msgspec.structs.replace(self, rows=tuple(rows), note=self.note or (applied.note if applied else ""))


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a long change is. It is what is known of it if its worker dies."""

    done: int = 0  # of `total`, in records: known to be in Kafka
    total: int | None = None  # at most so many; None: not known
    counts: dict[str, int] = {}  # what else is counted, by its word: {"read": 1200, "matched": 40}
    facts: Facts = {}  # what the look at Kafka needs
    rate: float | None = None  # a second


def may_have_happened(fault: KafkaFault) -> bool:
    """Whether a call that ended so may have had its effect all the same."""
    return isinstance(fault, TimedOut | Unreachable)


def outcome_of(row: PlanRow, fault: KafkaFault | None) -> OutcomeRow:
    """What a mutating call said about one row."""
    state = "ok" if fault is None else "unknown" if may_have_happened(fault) else "failed"
    return OutcomeRow(row.name, row.now, row.new, state=state, why=str(fault) if fault else "")


class Kind(ABC, Generic[P]):
    """One way to change Kafka. Only `apply` changes anything.

    Methods that are given the cluster block, and raise KafkaFault when Kafka does not answer.
    """

    kind: ClassVar[str]
    action: ClassVar[str]  # the right it needs
    parameters: ClassVar[type[msgspec.Struct]]
    title: ClassVar[str]  # heads the page: "Reset offsets"
    verb: ClassVar[str]  # "you deleted payments-settler"
    wish: ClassVar[str]  # "you asked to delete payments-settler"
    form: ClassVar[str]  # name of the URL where it is asked for
    typed: ClassVar[bool] = False  # the name is typed on every cluster, not on production ones only
    alone: ClassVar[bool] = True  # two of these on one target never run at the same time
    long: ClassVar[bool] = False  # it may run for hours: see LongKind
    template: ClassVar[str] = "changes/_plan.html"
    retry_label: ClassVar[str] = "Retry the failed ones…"
    way_back: ClassVar[str] = "What is there now is saved with the change, so it can be undone."

    @abstractmethod
    def target(self, params: P) -> str: ...

    def about(self, target: str, params: dict[str, Any]) -> tuple[str, ...]:
        """The topics or groups it is about: who may not see all of them does not see the change."""
        return (target,)

    def needs(self, params: P) -> tuple[tuple[str, str], ...]:
        """The rights it takes: (action, name of the topic or group). The first is its own."""
        return ((self.action, self.target(params)),)

    def asked_at(self, slug: str, target: str, params: dict[str, Any]) -> tuple[str, str]:
        """The cluster and the name with which `form` is the page where it is asked for."""
        return slug, target

    def elsewhere(self, params: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
        """The rights it takes on other clusters: (slug of the cluster, action, name)."""
        return ()

    @abstractmethod
    def plan(self, cluster: Cluster, params: P) -> Plan:
        """Raises Refusal."""

    def seen(self, snapshot: Snapshot, plan: Plan) -> tuple[str, ...]:
        """Warnings that only somebody who watched for a while can give."""
        return ()

    @abstractmethod
    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        """What the plan's `rests_on` would be now."""

    def ready(self, cluster: Cluster, plan: Plan) -> None:
        """The last look before the effect. Raises Refusal; Occupied when it is only that somebody is in the group."""

    def anew(self, cluster: Cluster, armed: Plan) -> Plan:
        """The plan of an armed change, made again by the rule that was agreed to. Raises Occupied while somebody is
        still in the group, and Refusal when the outcome would not be the one that was agreed to."""
        raise Refusal("This kind of change can't wait for a group to empty.")

    def held_by(self, snapshot: Snapshot, plan: Plan) -> str:
        """A sentence: who is still in, as the newest snapshot has it. Empty: nobody, so it is worth a look."""
        return ""

    def save_point(self, cluster: Cluster, change: Change, plan: Plan) -> None:
        """Keeps in our own database what the effect will replace, just before it. On a KafkaFault nothing happens."""

    def saved_at(self, change: Change) -> str:
        """The URL of what was kept; "" where nothing was."""
        return ""

    @abstractmethod
    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        """The effect, and nothing else. Raises Refusal when nothing was done; a KafkaFault for all rows alike."""

    @abstractmethod
    def verify(self, cluster: Cluster, plan: Plan, applied: Outcome | None) -> Outcome:
        """What Kafka says now. `applied` is None when the worker died before it could write down what it did."""

    @abstractmethod
    def undo(self, plan: Plan, outcome: Outcome) -> tuple[str, dict[str, Any]] | None:
        """The kind and params that take it back."""

    @abstractmethod
    def as_command(self, plan: Plan) -> str:
        """The shell line that does the same. Empty when Kafka's tools have none."""

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        """The params that ask once more for what failed, and for nothing else. None: it can't be asked in part."""
        return None

    def later(self, cluster: Cluster, plan: Plan, outcome: Outcome) -> str:
        """A sentence when somebody else has changed it again soon after."""
        return ""

    def moved(self, cluster: Cluster, plan: Plan) -> str:
        """A sentence when the facts under the plan are others by now."""
        now = self.rests_on(cluster, plan)
        moved = [
            f"{name} was {_said(was)} and is {_said(now.get(name))} now"
            for name, was in plan.rests_on.items()
            if now.get(name) != was
        ]
        more = f", and {len(moved) - 3} more" if len(moved) > 3 else ""
        return f"Since this was planned, {'; '.join(moved[:3])}{more}." if moved else ""

    def with_command(self, plan: Plan, connect: str) -> Plan:
        """The plan with the shell line that does the same; `connect` are the options that reach the cluster."""
        plan = msgspec.structs.replace(plan, connect=connect)
        return msgspec.structs.replace(plan, as_command=self.as_command(plan))


class LongKind(Kind[P]):
    """A change that may run for hours: it tells how far it is, and stops when asked. Never begun a second time."""

    long = True
    alone = False

    def apply(self, cluster: Cluster, plan: Plan) -> Outcome:
        raise NotImplementedError("a long change is carried, not applied")

    @abstractmethod
    def carry(self, cluster: Cluster, plan: Plan, watch: Watch) -> Outcome:
        """The effect; `watch.tell` at least twice a second. A stop is no failure: the outcome says how far it came.

        Raises Refusal and KafkaFault only while nothing was done.
        """

    @abstractmethod
    def left_behind(self, plan: Plan, progress: Progress | None) -> Outcome:
        """What is known of one whose worker died, from its last word. None: it died before any."""


def _said(value: Value) -> str:
    return "not there" if value is None else f"{value:,}" if isinstance(value, int) else value
