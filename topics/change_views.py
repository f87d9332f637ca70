"""The pages on which changes to topics are asked for. Each leads to the page of the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.guard import requires
from changes import service
from changes.errors import ChangeError
from topics.forms import ConfigForm, CreateForm, ProduceForm
from topics.frame import state_of

both = require_http_methods(["GET", "POST"])


@requires("topic.create")
@both
def create(request: HttpRequest, cluster: str) -> HttpResponse:
    form = CreateForm(_sent(request))
    return _asked(request, form, "topics/create.html", "topics.create", form.params, {})


@requires("topic.config", name="topic")
@both
def alter_config(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    form = ConfigForm(_sent(request))
    return _asked(
        request, form, "topics/config_form.html", "topics.alter_config", lambda: form.params(topic), {"topic": topic}
    )


@requires("records.produce", name="topic")
@both
def produce(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    form = ProduceForm(_sent(request))
    return _asked(request, form, "topics/produce.html", "topics.produce", lambda: form.params(topic), {"topic": topic})


@requires("topic.delete", name="topic")
@both
def delete(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    context = {
        "title": "Delete topic",
        "name": topic,
        "list_label": "Topics",
        "list_url": reverse("topics:list", args=[cluster]),
        "back": reverse("topics:topic", args=[cluster, topic]),
        "text": "The plan shows how many records would go and which groups read them. Nothing is deleted yet.",
    }
    return _asked(
        request,
        forms.Form(_sent(request)),
        "changes/start.html",
        "topics.delete",
        lambda: {"topic": topic},
        context,
    )


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, be it nothing; None when the form is only looked at."""
    return request.POST if request.method == "POST" else None


def _asked(
    request: HttpRequest,
    form: forms.Form,
    template: str,
    kind: str,
    params: Callable[[], dict[str, Any]],
    context: dict[str, Any],
) -> HttpResponse:
    """The form; or, when it was sent and can be planned, the page of the plan. What was typed is never lost."""
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(service.propose(request.user, request.cluster, kind, params()))
        except ChangeError as refused:
            error = str(refused)
    _described(form)
    return render(
        request, template, {"form": form, "error": error, **context}, status=422 if error or form.errors else 200
    )


def _described(form: forms.Form) -> None:
    """Ties help and errors to their fields for a screen reader, under the ids of clusters/_field.html."""
    for name, field in form.fields.items():
        described = [f"help-{name}"] if field.help_text else []
        if name in form.errors:
            field.widget.attrs["aria-invalid"] = "true"
            described.append(f"error-{name}")
        if described:
            field.widget.attrs["aria-describedby"] = " ".join(described)
