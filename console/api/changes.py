"""Changes through the API: the same plan, confirmation, result and way back as on the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from changes import armed, queries, service
from changes.models import Change
from console.api import shapes
from console.api.auth import may
from console.api.documents import answers

router = Router(tags=["change"])


class Proposal(Schema):
    kind: str
    params: dict[str, Any]


class Confirmation(Schema):
    typed: str = ""


class Arming(Schema):
    minutes: int = 60
    typed: str = ""


@router.post("/clusters/{slug:cluster}/changes", auth=may("change.view"), openapi_extra=answers(shapes.ChangeShape))
def propose(request: HttpRequest, cluster: str, proposal: Proposal) -> shapes.ChangeShape:
    """Plan a change; nothing happens yet. The header Idempotency-Key makes sending this twice harmless.

    `groups.reset_offsets` takes {group, to, value, partitions}. `to` is earliest, latest, current, time (value: ms
    since 1970 or ISO 8601; UTC without a zone), duration (value: PT2H30M or "2h 30m", back from now), offset, shift
    (value: a number), group (value: the group whose offsets are taken), file (value: CSV, `topic,partition,offset` or
    with the group in front), bookmark (value: its number). `partitions` is "all" or {topic: [numbers] or "all"}; left
    out: all with a commit, and for group, file and bookmark all that have an offset there.

    `topics.produce` takes {topic, key, value, headers, partition, timestamp, key_encoding, value_encoding,
    headers_encoding}. A value of null is a tombstone; headers are pairs, so that a name may come twice; an encoding is
    text, json (checked), base64, hex, int16, int32, int64 or empty. `topics.produce_many` takes count, rate (records a
    second, 0: as fast as Kafka takes them) and fill (placeholders such as {{i}} are filled in) besides.
    `topics.produce_file` takes {topic, text, kind: ndjson or csv, columns, key_encoding, value_encoding, rate}.

    `topics.copy` takes {topic, source, source_cluster, first, last, partitions, filter, case, expression, committed,
    keep_partition, keep_timestamp, origin, rate}. `first` is oldest, offset:N or time:T; `last` is newest, offset:N
    (with it) or time:T (before it). It is asked for on the cluster that is written to.

    `topics.redrive` takes {topic, to, header, attempts, strip, keep_timestamp} and what says which records and how
    fast, as for a copy. Without `to` it is a dry run: the rows of the plan say how many records come from which topic.

    `groups.skip_record` takes {group, topic, partition, offset, copy_to}. `offset` is where the group stands; `copy_to`
    is a topic that gets a copy of the record before the group moves, or "".
    """
    key = request.headers.get("Idempotency-Key")
    return shape(service.propose(request.auth, request.cluster, proposal.kind, proposal.params, key=key))


@router.get("/changes/{uuid:id}", auth=may("signed_in"), openapi_extra=answers(shapes.ChangeShape))
def change(request: HttpRequest, id: UUID) -> shapes.ChangeShape:
    return shape(_find(request, id))


@router.post("/changes/{uuid:id}/confirm", auth=may("signed_in"), openapi_extra=answers(shapes.ChangeShape))
def confirm(request: HttpRequest, id: UUID, confirmation: Confirmation) -> shapes.ChangeShape:
    """Apply the plan, once however often this is sent. On production clusters `typed` is the name of the target."""
    return shape(service.confirm(request.auth, _find(request, id), confirmation.typed))


@router.post("/changes/{uuid:id}/arm", auth=may("signed_in"), openapi_extra=answers(shapes.ChangeShape))
def arm(request: HttpRequest, id: UUID, arming: Arming) -> shapes.ChangeShape:
    """Apply the plan once the group is empty: for a plan that is blocked by members alone. It expires after `minutes`
    (10, 60, 480 or 1440)."""
    return shape(armed.arm(request.auth, _find(request, id), arming.minutes, arming.typed))


@router.post("/changes/{uuid:id}/call-off", auth=may("signed_in"), openapi_extra=answers(shapes.ChangeShape))
def call_off(request: HttpRequest, id: UUID) -> shapes.ChangeShape:
    """Ends an armed change that still waits."""
    return shape(armed.call_off(request.auth, _find(request, id)))


@router.post("/changes/{uuid:id}/stop", auth=may("signed_in"), openapi_extra=answers(shapes.ChangeShape))
def stop(request: HttpRequest, id: UUID) -> shapes.ChangeShape:
    """Stops a long change where it is: what it has written stays, and is counted."""
    return shape(service.stop(request.auth, _find(request, id)))


@router.post("/changes/{uuid:id}/undo", auth=may("signed_in"), openapi_extra=answers(shapes.ChangeShape))
def undo(request: HttpRequest, id: UUID) -> shapes.ChangeShape:
    """Plan the way back. The answer is a new change, to be confirmed."""
    return shape(service.undo(request.auth, _find(request, id)))


@router.post("/changes/{uuid:id}/retry", auth=may("signed_in"), openapi_extra=answers(shapes.ChangeShape))
def retry(request: HttpRequest, id: UUID) -> shapes.ChangeShape:
    """Plan once more the part that failed, and only that. The answer is a new change, to be confirmed."""
    return shape(service.retry(request.auth, _find(request, id)))


def shape(change: Change) -> shapes.ChangeShape:
    return shapes.ChangeShape(
        id=str(change.pk),
        kind=change.kind,
        state=change.state,
        cluster=change.cluster.slug if change.cluster else None,
        target=change.target,
        needs_name=change.needs_name,
        plan=shapes.deep(change.plan),
        outcome=shapes.deep(change.outcome),
        progress=shapes.deep(change.progress),
        reason=change.reason,
        armed_until=change.armed_until.isoformat().replace("+00:00", "Z") if change.armed_until else None,
        undo_of=str(change.undo_of_id) if change.undo_of_id else None,
        actor=change.actor_name,
        confirmed_by=change.confirmed_name or None,
        at=change.created_at.isoformat().replace("+00:00", "Z"),
    )


def _find(request: HttpRequest, id: UUID) -> Change:
    """Raises Http404 alike for a change that is not there and one about a name that this user may not know of."""
    change = Change.objects.select_related("cluster").filter(pk=id).first()
    if change is None or not queries.may_see(request.auth, change):
        raise Http404("No such change, or it is hidden from you.")
    return change
