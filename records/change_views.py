"""The pages on which records to be written are asked for. Each leads to the page of the plan."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from access.guard import requires
from access.policy import allow, visible
from changes.asking import asked, sent
from changes.kind import Refusal
from live import snapshots
from records.again import filled
from records.changes.preview import samples
from records.copy_form import CopyForm
from records.forms import ProduceForm
from topics.frame import state_of

NAMES = 300  # topics that are offered while a name is typed

both = require_http_methods(["GET", "POST"])


@requires("records.produce", name="topic")
@both
def produce(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """`?from=partition:offset` fills the form with that record."""
    state_of(request, topic)
    initial, problem = _again(request, topic)
    form = ProduceForm(sent(request), initial=initial)
    context = {"topic": topic, "problem": problem, "again": request.GET.get("from", "") if initial else ""}
    return asked(request, form, "records/produce.html", form.kind, lambda: form.params(topic), context)


@requires("records.produce", name="topic")
@require_POST
def preview(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """The first records that the form would write, as a fragment."""
    form, rows, error = ProduceForm(request.POST), [], ""
    if form.is_valid():
        try:
            rows = samples(form.params(topic))
        except Refusal as refusal:
            error = str(refusal)
    else:
        error = "; ".join(f"{form[name].label}: {errors[0]}" for name, errors in form.errors.items())
    return render(request, "records/_preview.html", {"rows": rows, "error": error})


def _again(request: HttpRequest, topic: str) -> tuple[dict[str, Any], str]:
    place = request.GET.get("from", "")
    if not place or request.method == "POST":
        return {}, ""
    if not allow(request.user, "records.read", request.cluster, topic):  # type: ignore[attr-defined]
        return {}, "Your role may not read records of this topic, so none can be produced again."
    return filled(request.cluster, topic, place)  # type: ignore[attr-defined]


@requires("records.read", name="topic")
@both
def copy(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    here = request.cluster  # type: ignore[attr-defined]
    form = CopyForm(sent(request), request.user, here)
    context = {"topic": topic, "topics": _topics(request, topic)}
    params = lambda: form.params(topic, here)  # noqa: E731
    return asked(request, form, "records/copy.html", "topics.copy", params, context, form.target())


def _topics(request: HttpRequest, but: str) -> list[str]:
    """Those of the newest snapshot that may be written to."""
    cluster = request.cluster  # type: ignore[attr-defined]
    snapshot, may = snapshots.newest(cluster.pk), visible(request.user, "records.produce", cluster)
    names = sorted(snapshot.topics) if snapshot else []
    return [name for name in names if name != but and not name.startswith("__") and may(name)][:NAMES]
