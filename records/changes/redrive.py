"""Send dead letters back to the topics they came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from changes.kind import Facts, Figure, Plan, PlanRow, Refusal
from changes.words import count, names_said
from gateway.facts import Outgoing
from reader.shown import Copied
from records.changes import bounds, source
from records.changes.bulk import NO_UNDO, Bulk
from records.changes.counted import id_fact
from records.changes.origin import KNOWN, attempts_of, origin_of, sent_back
from records.changes.spans import offsets_left, planned_spans, span_rows, spanned, total_of
from records.changes.tally import Tally, tally
from records.changes.writing import Writing
from topics.changes.facts import id_now, topic_named

if TYPE_CHECKING:
    from changes.kind import Outcome
    from gateway.cluster import Cluster

DRY_RUN = "This is a dry run: nothing is written. Choose the topics that get their records back."
SHOWN = 200  # origins


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str  # the dead-letter topic
    to: list[str] = []  # topics that get their records back; none: a dry run
    header: str = ""  # that names the topic; "": those of Highwater, Kafka Connect and Spring
    first: str = "oldest"
    last: str = "newest"
    partitions: list[int] = []
    offsets: dict[str, tuple[int, int]] = {}
    filter: str = ""
    case: bool = False
    expression: str = ""
    committed: bool = True
    attempts: int = 3  # a record that was sent back so often is left
    strip: bool = True  # leave the headers about the failure with the dead letter
    keep_timestamp: bool = False
    rate: int = 100


class Redrive(Bulk[Params]):
    kind = "topics.redrive"
    parameters = Params
    title = "Redrive dead letters"
    verb = "sent dead letters back from"
    wish = "send dead letters back from"
    form = "records:redrive"
    template = "records/_redrive_plan.html"
    retry_label = "Send the rest…"

    def target(self, params: Params) -> str:
        return params.topic

    def about(self, target: str, params: dict[str, Any]) -> tuple[str, ...]:
        return (target, *params["to"])

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        action = bounds.right(None, params.rate)
        into = tuple(need for name in params.to for need in (("records.produce", name), (action, name)))
        return (("records.read", params.topic), *(into or (("records.produce", ""),)))

    def into(self, plan: Plan) -> dict[str, str | None]:
        ids = {name: plan.rests_on[id_fact(name)] for name in plan.params["to"]}
        return {name: None if id is None else str(id) for name, id in ids.items()}

    def total(self, plan: Plan) -> int:
        return next(int(row.new or 0) for row in plan.rows if row.name == "records")

    def rate(self, plan: Plan) -> int:
        return int(plan.params["rate"])

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        bounds.check(params.rate)
        if params.attempts < 1:
            raise Refusal("A record is sent back at least once.")
        filter = source.letting_through(params.filter, params.case, params.expression)
        letters = topic_named(cluster, params.topic)
        if params.topic in params.to:
            raise Refusal("Dead letters are not sent back into the dead-letter topic itself.")
        where = spanned(cluster, letters, params)
        if not total_of(where):
            raise Refusal(f"There is no record of {params.topic} in this range.")
        found = tally(cluster, params.topic, where, filter, params.committed, params.header, params.attempts)
        if not found.by_origin and found.complete:
            raise Refusal(_nothing(params, found))
        ids = {name: topic_named(cluster, name).id for name in params.to}
        why = {} if params.to else _why_not(cluster, params.topic, list(found.by_origin))
        origins = _origins(found, params.to, why)
        going = (
            sum(n for name, n in found.by_origin.items() if name in params.to) if found.complete else total_of(where)
        )
        return Plan(
            target=params.topic,
            summary=_summary(params, found, going),
            params=msgspec.to_builtins(params),
            rows=(PlanRow("records", None, going), *origins, *span_rows(params.topic, where)),
            figures=(
                Figure(f"{going:,}" if params.to else "0", "records go back" if params.to else "go back: a dry run"),
                Figure(f"{len(found.by_origin):,}", "topics they came from"),
                Figure(f"{found.without:,}", "name no topic", warn=bool(found.without)),
                Figure(f"{found.too_often:,}", f"sent back {params.attempts} times", warn=bool(found.too_often)),
            ),
            warnings=_warnings(params, found, total_of(where)),
            button=f"Send {count(going, 'record')} back" if params.to else "Send back",
            blocked="" if params.to else DRY_RUN,
            no_undo=NO_UNDO,
            rests_on={id_fact(name): id for name, id in {**ids, params.topic: letters.id}.items()},
        )

    def rests_on(self, cluster: Cluster, plan: Plan) -> Facts:
        return {id_fact(name): id_now(cluster, name) for name in (*plan.params["to"], plan.target)}

    def records(self, cluster: Cluster, plan: Plan, writing: Writing) -> Iterator[Outgoing | None]:
        params = msgspec.convert(plan.params, Params)
        filter = source.letting_through(params.filter, params.case, params.expression)
        id, to = plan.rests_on[id_fact(plan.target)], set(params.to)
        known = None if id is None else str(id)
        found = source.copied(cluster, params.topic, known, planned_spans(plan), filter, params.committed, writing)
        for record in found:
            origin = None if record is None else origin_of(record.headers, params.header)
            if record is None:
                yield None
            elif origin is None or origin not in to:
                writing.count("left")
                yield None
            elif attempts_of(record.headers) >= params.attempts:
                writing.count("sent back too often")
                yield None
            else:
                yield _outgoing(params, record, origin)

    def left_off(self, plan: Plan, writing: Writing) -> Facts:
        return {f"from {p}": offset for p, offset in writing.places.items()}

    def retry(self, plan: Plan, outcome: Outcome) -> dict[str, Any] | None:
        left = offsets_left(plan, outcome)
        return plan.params | {"offsets": left, "first": "oldest", "last": "newest", "partitions": []} if left else None


def _outgoing(params: Params, record: Copied, origin: str) -> Outgoing:
    where = f"{params.topic}-{record.partition}@{record.offset}"
    headers = sent_back(record.headers, where, strip=params.strip, header=params.header)
    keeps = params.keep_timestamp and record.timestamp is not None and record.timestamp > 0
    return Outgoing(origin, record.key, record.value, headers, timestamp=record.timestamp if keeps else None)


def _origins(found: Tally, to: list[str], why: dict[str, str]) -> list[PlanRow]:
    """Rows that change nothing: a topic, how many came from it, whether they go back."""
    names = [*to, *(name for name, _ in found.by_origin.most_common() if name not in to)]
    return [
        PlanRow(
            f"back to {name}",
            None,
            None,
            note=why.get(name, ""),
            facts={"origin": name, "count": found.by_origin[name], "chosen": int(name in to)},
        )
        for name in names[:SHOWN]
    ]


def _why_not(cluster: Cluster, letters: str, names: list[str]) -> dict[str, str]:
    """Why records can't go back to a topic, by its name."""
    there = cluster.topics.list()
    found = {}
    for name in names:
        if name not in there:
            found[name] = "There is no such topic (any more)."
        elif there[name].internal or name.startswith("__"):
            found[name] = "One of Kafka's own topics."
        elif name == letters:
            found[name] = "The dead-letter topic itself."
    return found


def _nothing(params: Params, found: Tally) -> str:
    if found.too_often:
        return f"Every record here ({found.too_often:,}) was sent back {params.attempts} times already."
    names = params.header or names_said(KNOWN)
    return f"No record in this range names the topic it came from, in {names}."


def _summary(params: Params, found: Tally, going: int) -> str:
    if not params.to:
        return f"dry run, {count(sum(found.by_origin.values()), 'record')} from {count(len(found.by_origin), 'topic')}"
    return f"{count(going, 'record')} back to {names_said(params.to)}"


def _warnings(params: Params, found: Tally, most: int) -> tuple[str, ...]:
    said = []
    if not found.complete:
        said.append(
            f"Only {found.looked_at:,} of at most {most:,} records were looked at: there are more than counted."
        )
    if params.to:
        left = sum(n for name, n in found.by_origin.items() if name not in params.to)
        said.append("The dead letters stay where they are: who sends the same range again writes them again.")
        if left:
            said.append(f"{count(left, 'record')} of other topics {'is' if left == 1 else 'are'} left.")
    return tuple(said)
