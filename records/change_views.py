"""The pages on which records to be written are asked for. Each leads to the page of the plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access.guard import requires
from access.policy import allow, visible
from changes import queries, service
from changes.asking import asked, sent
from changes.errors import ChangeError
from changes.kind import Refusal
from changes.models import Change
from changes.words import count
from gateway.errors import KafkaFault
from gateway.registry_http import RegistryClient, RegistryFault
from live import snapshots
from records import saved
from records.again import filled
from records.changes.preview import samples
from records.copy_form import CopyForm
from records.file_form import FileForm
from records.forms import ProduceForm
from records.redrive_form import RedriveForm
from records.unmasking import hidden_from
from topics.frame import state_of

SUBJECTS = 2000  # that are offered while one is typed
NAMES = 300  # topics that are offered while a name is typed

both = require_http_methods(["GET", "POST"])


@requires("records.produce", name="topic")
@both
def produce(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """`?from=partition:offset` fills the form with that record."""
    state_of(request, topic)
    initial, problem = _again(request, topic)
    kept = list(saved.of(request.cluster, topic))  # type: ignore[attr-defined]
    chosen = next((one for one in kept if str(one.pk) == request.GET.get("template")), None)
    initial |= chosen.fields if chosen else {}
    registry = bool(request.cluster.registry_url)  # type: ignore[attr-defined]
    initial = {"key_subject": f"{topic}-key", "value_subject": f"{topic}-value"} | initial
    form = ProduceForm(sent(request), initial=initial, registry=registry)
    context = {"topic": topic, "problem": problem, "registry": registry}
    context |= {"templates": kept, "chosen": chosen}
    context |= {"again": "" if problem else request.GET.get("from", "")}
    return asked(request, form, "records/produce.html", form.kind, lambda: form.params(topic), context)


@requires("records.produce", name="topic")
@require_POST
def save_template(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """What is in the form, under `template_name`."""
    name = request.POST.get("template_name", "")
    try:
        kept = saved.save(request.user, request.cluster, topic, name, request.POST.dict())  # type: ignore[attr-defined]
    except saved.NotSaved as no:
        messages.error(request, str(no))
        return redirect("records:produce", cluster, topic)
    return redirect(f"{reverse('records:produce', args=[cluster, topic])}?template={kept.pk}")


@requires("records.produce", name="topic")
@require_POST
def delete_template(request: HttpRequest, cluster: str, topic: str, pk: int) -> HttpResponse:
    saved.of(request.cluster, topic).filter(pk=pk).delete()  # type: ignore[attr-defined]
    return redirect("records:produce", cluster, topic)


@requires("records.produce", name="topic")
@require_POST
def preview(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """The first records that the form would write, as a fragment."""
    form, rows, error = ProduceForm(request.POST, registry=True), [], ""
    if form.is_valid():
        try:
            rows = samples(form.params(topic), request.cluster.config())  # type: ignore[attr-defined]
        except Refusal as refusal:
            error = str(refusal)
    else:
        error = "; ".join(f"{form[name].label}: {errors[0]}" for name, errors in form.errors.items())
    return render(request, "records/_preview.html", {"rows": rows, "error": error})


@requires("records.produce", name="topic")
@require_GET
def subjects(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """The subjects of the cluster's registry, as options. None when it does not answer: a name can still be typed."""
    config, names = request.cluster.config(), []  # type: ignore[attr-defined]
    if config.registry is not None:
        try:
            names = RegistryClient(config.registry).subjects()
        except RegistryFault:
            names = []
    return render(request, "records/_subjects.html", {"names": sorted(names)[:SUBJECTS]})


def _again(request: HttpRequest, topic: str) -> tuple[dict[str, Any], str]:
    place = request.GET.get("from", "")
    if not place or request.method == "POST":
        return {}, ""
    if not allow(request.user, "records.read", request.cluster, topic):  # type: ignore[attr-defined]
        return {}, "Your role may not read records of this topic, so none can be produced again."
    if hidden_from(request.user, request.cluster, topic):  # type: ignore[attr-defined]
        return {}, "Parts of this topic are hidden from you, so no record of it can be produced again."
    return filled(request.cluster, topic, place)  # type: ignore[attr-defined]


@requires("records.produce", name="topic")
@both
def produce_file(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    form = FileForm(sent(request), request.FILES if request.method == "POST" else None)
    context = {"topic": topic}
    if request.method == "POST" and form.is_valid():
        try:
            described = request.cluster.gateway().topics.describe(topic)  # type: ignore[attr-defined]
        except KafkaFault as fault:
            return render(request, "records/file.html", context | {"form": form, "error": str(fault)}, status=422)
        form.read(request.user, topic, len(described.partitions))
        if form.bad is not None:
            error = f"{count(len(form.bad.bad) + form.bad.more_bad, 'line')} can't be written. Nothing is planned."
            return render(request, "records/file.html", context | {"form": form, "error": error}, status=422)
    return asked(request, form, "records/file.html", "topics.produce_file", lambda: form.params(topic), context)


@requires("records.read", name="topic")
@both
def copy(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    state_of(request, topic)
    here = request.cluster  # type: ignore[attr-defined]
    form = CopyForm(sent(request), request.user, here)
    context = {"topic": topic, "topics": _topics(request, topic)}
    params = lambda: form.params(topic, here)  # noqa: E731
    return asked(request, form, "records/copy.html", "topics.copy", params, context, form.target())


@requires("records.read", name="topic")
@both
def redrive(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """The form makes a dry run; its page sends `plan` (the dry run's id) and `to` here, for the plan of the rest."""
    state_of(request, topic)
    form = RedriveForm(sent(request) if "plan" not in request.POST else None)
    if chosen := _dry_run(request, topic):
        params = chosen.params | {"to": request.POST.getlist("to")}
        try:
            return redirect(service.propose(request.user, request.cluster, "topics.redrive", params))  # type: ignore[attr-defined]
        except ChangeError as error:
            messages.error(request, str(error))
            return redirect(chosen)
    return asked(request, form, "records/redrive.html", "topics.redrive", lambda: form.params(topic), {"topic": topic})


def _dry_run(request: HttpRequest, topic: str) -> Change | None:
    """Raises Http404 for one that is not there, or hidden."""
    if "plan" not in request.POST:
        return None
    try:
        pk = UUID(request.POST["plan"])
    except ValueError:
        raise Http404("No such plan.") from None
    here = {"cluster": request.cluster, "kind": "topics.redrive", "target": topic}  # type: ignore[attr-defined]
    found = Change.objects.filter(pk=pk, **here).first()
    if found is None or not queries.may_see(request.user, found):
        raise Http404("No such plan, or it is hidden from you.")
    return found


def _topics(request: HttpRequest, but: str) -> list[str]:
    """Those of the newest snapshot that may be written to."""
    cluster = request.cluster  # type: ignore[attr-defined]
    snapshot, may = snapshots.newest(cluster.pk), visible(request.user, "records.produce", cluster)
    names = sorted(snapshot.topics) if snapshot else []
    return [name for name in names if name != but and not name.startswith("__") and may(name)][:NAMES]
