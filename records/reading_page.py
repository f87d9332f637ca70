"""The page on which it is said how the records of a topic are read. Nothing in Kafka changes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from access.guard import requires
from access.policy import allow
from clusters import reading as stored
from clusters.models import Cluster
from records.reading_form import ReadingForm, initial
from topics.frame import head


@requires("records.reading", name="topic")
def reading(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    context = head(request, topic, "")
    row = Cluster.objects.get(pk=request.cluster.pk)  # type: ignore[attr-defined]
    hidden = stored.hidden(row, topic)
    may_give = not hidden or allow(request.user, "cluster.manage", row)
    form = ReadingForm(request.POST or None, initial=initial(stored.of(row, topic)), may_give=may_give)
    if request.method == "POST" and form.is_valid():
        stored.set_reading(row, form.reading(topic))
        messages.success(request, "Read so from now on, by everybody.")
        return redirect("records:messages", cluster, topic)
    context |= {"form": form, "registry": row.registry_url, "hidden": hidden}
    return render(request, "records/reading.html", context, status=422 if form.is_bound else 200)
