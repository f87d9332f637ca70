"""Fragments that ask Kafka while the page around them is already there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gateway.errors import KafkaFault

if TYPE_CHECKING:
    from gateway.cluster import Cluster as Gateway


def asked(request: HttpRequest, template: str, ask: Callable[[Gateway], dict[str, Any]]) -> HttpResponse:
    """A fragment with what Kafka answers now, or with its reason. Each gateway call has a deadline of its own."""
    try:
        context = ask(request.cluster.gateway())
    except KafkaFault as fault:
        return render(request, "clusters/_fault.html", {"fault": fault})
    return render(request, template, context)
