"""What the page of a reset's plan asks for once it is open: the records on both sides of each move, and its offsets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from access.guard import requires
from access.policy import allow
from changes.kind import Plan, PlanRow
from changes.models import Change
from gateway import durations, reset_file
from gateway.errors import KafkaFault
from groups.changes.facts import partition_of
from live import reader_link
from reader.replies import Rows
from reader.requests import Peek
from reader.shown import Row

PEEKED = 100  # partitions of one topic whose records are looked up
Answer = dict[str, Any]


@requires("group.view", name="group")
@require_GET
def first_records(request: HttpRequest, cluster: str, group: str, pk: UUID) -> HttpResponse:
    """JSON: partition name -> {offset, timestamp, key, value, span} or {why}.

    `span` is about the records that would be read again or skipped: {words, from, to} with times in ms, or null.
    """
    by_topic: dict[str, list[PlanRow]] = defaultdict(list)
    for row in _plan(request, group, pk).rows:
        if isinstance(row.new, int) and "end" in row.facts:
            by_topic[partition_of(row).topic].append(row)
    found: dict[str, Answer] = {}
    for topic, rows in by_topic.items():
        if allow(request.user, "records.read", request.cluster, topic):
            found |= _records(request, topic, rows[:PEEKED])
        else:
            found |= {row.name: {"why": "your role may not read records"} for row in rows}
    return JsonResponse(found)


@requires("group.view", name="group")
@require_GET
def offsets_csv(request: HttpRequest, cluster: str, group: str, pk: UUID) -> HttpResponse:
    """The new offsets, as `kafka-consumer-groups --export` writes them and `--from-file` reads them."""
    rows = [row for row in _plan(request, group, pk).rows if not row.facts.get("left_out")]
    offsets = [(partition_of(row), row.new) for row in rows if isinstance(row.new, int)]
    response = HttpResponse(reset_file.write(offsets), content_type="text/csv")
    response["Content-Disposition"] = 'attachment; filename="offsets.csv"'
    return response


def edges(now: int | None, new: int, start: int, end: int) -> tuple[int, int] | None:
    """The first and the last offset of what is read again or skipped; None when nothing is."""
    if now is None:
        return None
    was, will = (min(max(offset, start), end) for offset in (now, new))
    return (min(was, will), max(was, will) - 1) if was != will else None


def span(first: int | None, last: int | None) -> Answer | None:
    """How long the producers took over it. Times in ms; None where they do not tell."""
    if first is None or last is None or last < first:
        return None
    words = durations.said(last - first, 2) if last - first >= durations.SECOND else "less than 1 s"
    return {"words": words, "from": first, "to": last}


def _plan(request: HttpRequest, group: str, pk: UUID) -> Plan:
    change = Change.objects.filter(pk=pk, cluster=request.cluster, target=group).first()
    plan = change.planned if change else None
    if plan is None:
        raise Http404("No such plan.")
    return plan


def _records(request: HttpRequest, topic: str, rows: list[PlanRow]) -> dict[str, Answer]:
    wide = {row.name: found for row in rows if (found := _edges(row)) is not None}
    try:
        at_new = _peek(request, topic, ((row, int(row.new or 0)) for row in rows))
        at_first = _peek(request, topic, ((row, wide[row.name][0]) for row in rows if row.name in wide))
        at_last = _peek(request, topic, ((row, wide[row.name][1]) for row in rows if row.name in wide))
    except (reader_link.ReadFailed, KafkaFault) as fault:
        return {row.name: {"why": str(fault)} for row in rows}
    found: dict[str, Answer] = {}
    for row in rows:
        number = partition_of(row).partition
        told = span(_time(at_first.get(number)), _time(at_last.get(number)))
        found[row.name] = _shown(at_new.get(number)) | {"span": told}
    return found


def _peek(request: HttpRequest, topic: str, places: Iterable[tuple[PlanRow, int]]) -> dict[int, Row]:
    """By partition, the first record at or after an offset. Raises ReadFailed, KafkaFault."""
    offsets = {partition_of(row).partition: offset for row, offset in places}
    if not offsets:
        return {}
    config = request.cluster.config()
    replies = reader_link.call(config, Peek(0, config.fingerprint, topic, offsets), timeout=9)
    return {row.partition: row for reply in replies if isinstance(reply, Rows) for row in reply.rows}


def _edges(row: PlanRow) -> tuple[int, int] | None:
    now = row.now if isinstance(row.now, int) else None
    return edges(now, int(row.new or 0), int(row.facts["start"] or 0), int(row.facts["end"] or 0))


def _time(row: Row | None) -> int | None:
    return row.timestamp if row else None


def _shown(row: Row | None) -> Answer:
    if row is None:
        return {"why": "no record is there yet"}
    return {
        "offset": str(row.offset),
        "timestamp": row.timestamp,
        "key": row.key.text,
        "value": row.value.text[:200],
    }
