"""Adding, editing, trying and removing a cluster of the console. None of this touches the cluster itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from access.guard import requires
from clusters import connection, gateways
from clusters.forms import ClusterForm
from clusters.models import SECRETS, Cluster
from clusters.services import grant_admin


@requires("cluster.add")
@sensitive_post_parameters(*SECRETS)
def add(request: HttpRequest) -> HttpResponse:
    form = ClusterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cluster = form.save()
        grant_admin(cluster, request.user)
        messages.success(request, f"{cluster.name} was added. Its first numbers come with the next poll.")
        return redirect(cluster)
    return render(request, "clusters/edit.html", {"form": form}, status=_status(form))


@requires("cluster.manage")
@sensitive_post_parameters(*SECRETS)
def edit(request: HttpRequest, cluster: str) -> HttpResponse:
    form = ClusterForm(request.POST or None, instance=Cluster.objects.get(pk=request.cluster.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("clusters:edit", cluster)
    return render(request, "clusters/edit.html", {"form": form, "cluster": request.cluster}, status=_status(form))


@requires("cluster.add")
@require_POST
@sensitive_post_parameters(*SECRETS)
def test_new(request: HttpRequest) -> HttpResponse:
    return _test(request, ClusterForm(request.POST))


@requires("cluster.manage")
@require_POST
@sensitive_post_parameters(*SECRETS)
def test(request: HttpRequest, cluster: str) -> HttpResponse:
    return _test(request, ClusterForm(request.POST, instance=Cluster.objects.get(pk=request.cluster.pk)))


@requires("cluster.manage")
def remove(request: HttpRequest, cluster: str) -> HttpResponse:
    """Forgets the cluster, its roles and its history here. The typed name guards against the wrong tab."""
    typed = request.POST.get("typed", "").strip()
    if request.method == "POST" and typed == request.cluster.name:
        pk = request.cluster.pk
        request.cluster.delete()
        gateways.forget(pk)
        messages.success(request, f"{typed} was removed from this console. The cluster itself was not touched.")
        return redirect("clusters:index")
    error = f"That is not its name. Type {request.cluster.name}." if request.method == "POST" else ""
    return render(request, "clusters/remove.html", {"error": error}, status=422 if error else 200)


def _test(request: HttpRequest, form: ClusterForm) -> HttpResponse:
    if not form.is_valid():
        return render(request, "clusters/_connection.html", {"form": form})
    context = {"answer": connection.test(form.config()), "known_as": form.instance.kafka_id}
    return render(request, "clusters/_connection.html", context)


def _status(form: ClusterForm) -> int:
    return 422 if form.is_bound else 200
