"""What a person does with a search: begin, pause, resume, cancel. Each asks for the right again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from access.policy import allow
from clusters.models import Cluster
from reader.errors import BadRequest
from records.searches.asking import asked_for, extent
from records.searches.hauls import CHANGED, Unreadable, rules
from records.searches.limits import beyond, limits
from records.searches.models import UNDER_WAY, Look, Search, State

log = logging.getLogger("records.searches")


def may_see(user: Any, search: Search) -> bool:
    return allow(user, "records.read", search.cluster, search.topic)


def may_steer(user: Any, search: Search) -> bool:
    """Its own, or of a cluster that one manages. A viewer of the link looks on."""
    return search.actor_id == user.pk or allow(user, "cluster.manage", search.cluster)


def begin(user: Any, cluster: Cluster, topic: str, words: Mapping[str, str]) -> Search:
    """Ends where the log ends now. The caller has asked for records.read. Raises BadRequest, ReadFailed."""
    asked = asked_for(words)
    allowed = limits(user, cluster, topic)
    _not_too_many(user, allowed.running)
    found = extent(cluster.config(), topic, asked)
    search = Search.objects.create(
        cluster=cluster,
        topic=topic,
        topic_id=found.topic_id,
        actor=user,
        actor_name=str(user),
        asked=asked,
        spans={p: [start, start, end] for p, (start, end) in found.spans.items()},
        left_out=[f"Partition {p} has no leader: it is not searched." for p in found.leaderless],
        masks=rules(cluster, topic),
        limits=beyond({}, allowed),
    )
    looked(user, "search", search)
    send(search.pk)
    return search


def pause(search: Search) -> None:
    _wish(search, "pause", State.PAUSED)


def cancel(search: Search) -> None:
    if not Search.objects.filter(pk=search.pk, state=State.PAUSED).update(state=State.CANCELLED):
        _wish(search, "cancel", State.CANCELLED)


def resume(user: Any, search: Search) -> None:
    """Goes on exactly where it was, with as much allowed as a new one. Raises BadRequest."""
    if not search.resumable:
        raise BadRequest(
            "It found as much as is kept of one search. Ask for less: a narrower filter, a later start."
            if search.unread and not search.under_way
            else "There is nothing left of it to search.",
            "not_resumable",
        )
    if search.masks != rules(search.cluster, search.topic):
        raise BadRequest(str(Unreadable(CHANGED)), "not_resumable")
    allowed = limits(user, search.cluster, search.topic)
    _not_too_many(user, allowed.running)
    used = {"records": search.scanned, "bytes": search.bytes, "seconds": int(search.seconds)}
    # What was said to be left out because it ended there is read now; what lies behind its positions stays said.
    search.left_out = [sentence for sentence in search.left_out if not _is_ahead(sentence)]
    changed = Search.objects.filter(pk=search.pk, state=search.state).update(
        state=State.WAITING, wanted="", reason="", ended_at=None, left_out=search.left_out, limits=beyond(used, allowed)
    )
    if changed:
        looked(user, "resume", search)
        send(search.pk)


def send(pk: UUID) -> None:
    """Ring the worker. When the queue is down the sweep rings again."""
    from records.tasks import run_search

    try:
        run_search.apply_async(args=[str(pk)], retry=False)
    except OperationalError:
        log.warning("the queue is down: search %s waits for the sweep", pk)


def looked(user: Any, did: str, search: Search) -> None:
    """Who read in bulk is on record."""
    place = {"cluster_name": search.cluster.name, "topic": search.topic}
    Look.objects.create(actor_name=str(user), did=did, asked=search.asked, search=search.pk, **place)
    log.info("%s: %s %s in %s of %s", user, did, search.pk, search.topic, search.cluster.slug)


def _wish(search: Search, wish: str, state: State) -> None:
    """One that waits is ended here, one that runs by its run."""
    waiting = Search.objects.filter(pk=search.pk, state=State.WAITING)
    if not waiting.update(state=state, ended_at=timezone.now() if state == State.CANCELLED else None):
        Search.objects.filter(pk=search.pk, state=State.RUNNING).update(wanted=wish)


def _not_too_many(user: Any, allowed: int) -> None:
    under_way = Search.objects.filter(Q(state__in=UNDER_WAY), actor=user).count()
    if under_way >= allowed:
        raise BadRequest(
            f"You have {under_way} search{'es' if under_way > 1 else ''} under way and your role allows {allowed}:"
            " wait for one, pause or cancel it.",
            "too_many",
        )


def _is_ahead(sentence: str) -> bool:
    return sentence.startswith("Stopped at the limit") or "not read from offset" in sentence or "not read:" in sentence
