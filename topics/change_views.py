"""The pages on which changes to topics are asked for. Each leads to the page of the plan."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.guard import requires
from changes.asking import asked, sent
from topics.forms import ConfigForm, CreateForm
from topics.frame import state_of

both = require_http_methods(["GET", "POST"])


@requires("topic.create")
@both
def create(request: HttpRequest, cluster: str) -> HttpResponse:
    form = CreateForm(sent(request))
    return asked(request, form, "topics/create.html", "topics.create", form.params, {})


@requires("topic.config", name="topic")
@both
def alter_config(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    form = ConfigForm(sent(request))
    return asked(
        request, form, "topics/config_form.html", "topics.alter_config", lambda: form.params(topic), {"topic": topic}
    )


@requires("topic.delete", name="topic")
@both
def delete(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    context = {
        "title": "Delete topic",
        "name": topic,
        "list_label": "Topics",
        "list_url": reverse("topics:list", args=[cluster]),
        "back": reverse("records:messages", args=[cluster, topic]),
        "text": "The plan shows how many records would go and which groups read them. Nothing is deleted yet.",
    }
    return asked(
        request,
        forms.Form(sent(request)),
        "changes/start.html",
        "topics.delete",
        lambda: {"topic": topic},
        context,
    )
