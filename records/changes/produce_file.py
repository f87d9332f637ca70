"""Write the records of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import msgspec

from changes.kind import Figure, Plan, PlanRow, Refusal
from changes.words import bytes_said, count
from gateway.facts import Outgoing
from records.changes import bounds, file_lines
from records.changes.bulk import NO_UNDO, Bulk
from records.changes.counted import id_fact
from records.changes.encodings import Encoding
from records.changes.preview import FIRST, sample
from records.changes.writing import Halted, Writing
from records.uploads import Upload
from topics.changes.facts import topic_named

if TYPE_CHECKING:
    from gateway.cluster import Cluster

INLINE = 1_000_000  # characters
SAID = 20  # bad lines in one sentence


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    text: str = ""  # the file itself, where it is small
    upload: str = ""  # or the id of one that was sent before
    kind: Literal["ndjson", "csv"] = "ndjson"
    columns: dict[str, str] = {}  # of CSV: what each column is; none: as it is named
    key_encoding: Encoding = "text"
    value_encoding: Encoding = "text"
    rate: int = 1000


class ProduceFile(Bulk[Params]):
    kind = "topics.produce_file"
    parameters = Params
    title = "Produce from a file"
    verb = "produced a file to"
    wish = "produce a file to"
    form = "records:produce_file"
    template = "records/_many_plan.html"

    def target(self, params: Params) -> str:
        return params.topic

    def needs(self, params: Params) -> tuple[tuple[str, str], ...]:
        return (("records.produce", params.topic), (bounds.right(None, params.rate), params.topic))

    def into(self, plan: Plan) -> dict[str, str | None]:
        id = plan.rests_on[id_fact(plan.target)]
        return {plan.target: None if id is None else str(id)}

    def total(self, plan: Plan) -> int:
        return next(int(row.new or 0) for row in plan.rows if row.name == "records")

    def rate(self, plan: Plan) -> int:
        return int(plan.params["rate"])

    def plan(self, cluster: Cluster, params: Params) -> Plan:
        bounds.check(params.rate)
        topic = topic_named(cluster, params.topic)
        content = _content(params)
        found = file_lines.read(content, _how(params), len(topic.partitions))
        if found.bad:
            raise Refusal(_bad(found))
        if not found.records:
            raise Refusal("There is no record in the file.")
        size = sum(len(r.key or b"") + len(r.value or b"") for r in found.records)
        return Plan(
            target=params.topic,
            summary=f"{count(len(found.records), 'record')} of a file",
            params=msgspec.to_builtins(params),
            rows=(
                PlanRow("records", None, len(found.records)),
                *(sample(number, record) for number, record in enumerate(found.records[:FIRST])),
            ),
            figures=(
                Figure(f"{len(found.records):,}", "records"),
                Figure(bytes_said(size), "in keys and values"),
                Figure(f"{sum(r.value is None for r in found.records):,}", "of them tombstones"),
                Figure(
                    f"{params.rate:,}/s" if params.rate else "at once",
                    "at most" if params.rate else "as fast as it goes",
                ),
            ),
            button=f"Write {count(len(found.records), 'record')}",
            no_undo=NO_UNDO,
            rests_on={id_fact(params.topic): topic.id},
            facts={"sha256": hashlib.sha256(content).hexdigest(), "partitions": len(topic.partitions)},
        )

    def begin(self, cluster: Cluster, plan: Plan) -> None:
        content = _content(msgspec.convert(plan.params, Params))
        if hashlib.sha256(content).hexdigest() != plan.facts["sha256"]:
            raise Refusal("The file is not the one that was planned. Nothing was written.")

    def records(self, cluster: Cluster, plan: Plan, writing: Writing) -> Iterator[Outgoing | None]:
        params = msgspec.convert(plan.params, Params)
        found = file_lines.read(_content(params), _how(params), int(plan.facts["partitions"] or 0))
        if found.bad:
            raise Halted(found.bad[0])
        yield from found.records


def _how(params: Params) -> file_lines.How:
    return file_lines.How(params.topic, params.kind, params.columns, params.key_encoding, params.value_encoding)


def _content(params: Params) -> bytes:
    """Raises Refusal."""
    if params.text:
        if len(params.text) > INLINE:
            raise Refusal(f"Text of more than {INLINE:,} characters is sent as a file, on the page.")
        return params.text.encode()
    try:
        return bytes(Upload.objects.only("content").get(pk=UUID(params.upload)).content)
    except (Upload.DoesNotExist, ValueError):
        raise Refusal("The file is not here (any more): send it again.") from None


def _bad(found: file_lines.Read) -> str:
    all_of_them = len(found.bad) + found.more_bad
    named = "; ".join(found.bad[:SAID])
    more = f"; and {all_of_them - SAID:,} more" if all_of_them > SAID else ""
    return f"Nothing is planned: {count(all_of_them, 'line')} can't be written. {named[:1].upper()}{named[1:]}{more}."
