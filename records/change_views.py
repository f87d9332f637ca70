"""The pages on which records to be written are asked for. Each leads to the page of the plan."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from access.guard import requires
from access.policy import visible
from changes.asking import asked, sent
from live import snapshots
from records.copy_form import CopyForm
from records.forms import ProduceForm
from topics.frame import state_of

NAMES = 300  # topics that are offered while a name is typed

both = require_http_methods(["GET", "POST"])


@requires("records.produce", name="topic")
@both
def produce(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    form = ProduceForm(sent(request))
    return asked(request, form, "records/produce.html", "topics.produce", lambda: form.params(topic), {"topic": topic})


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
