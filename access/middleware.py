"""The two rules that hold for every response: no view without a rule, nothing kept by caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class DefaultDeny:
    """Refuse a view that carries no rule of `access.guard`. Static files are served before this is reached."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if hasattr(view, "rule"):
            return None
        return HttpResponse("This page has no access rule, so it is closed.", status=403, content_type="text/plain")


class NoStore:
    """What Kafka holds is nobody's to keep: no browser, proxy or Back button stores a page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store"
        return response
