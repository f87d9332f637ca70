"""The pages on which records to be written are asked for. Each leads to the page of the plan."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from access.guard import requires
from changes.asking import asked, sent
from records.forms import ProduceForm
from topics.frame import state_of

both = require_http_methods(["GET", "POST"])


@requires("records.produce", name="topic")
@both
def produce(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    form = ProduceForm(sent(request))
    return asked(request, form, "records/produce.html", "topics.produce", lambda: form.params(topic), {"topic": topic})
