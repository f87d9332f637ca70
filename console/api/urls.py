"""The API, the metrics and the health of the console."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from ninja import NinjaAPI, Router
from ninja.renderers import BaseRenderer

from access.guard import Rule, public
from console import health, metrics
from console.api import changes, documents, errors, history, reads, records, searches, timeline
from console.api.auth import may, requires_person


class Json(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return msgspec.json.encode(data)


class Api(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> dict[str, Any]:
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"] |= documents.components()
        return schema


class Closed:
    """The rule of an operation that declares none."""

    def __call__(self, request: HttpRequest) -> None:
        return None


api = Api(
    title="Highwater",
    version="1",
    description="Names of topics and groups in a path are tilde-encoded: letters, digits, _ - and inner dots stay, "
    "every other byte of the UTF-8 form is ~XX.",
    auth=Closed(),
    docs_url=None,
    docs_decorator=requires_person,
    renderer=Json(),
    urls_namespace="api",
)
errors.install(api)
others = Router()


@others.api_operation(["GET", "POST"], "/{path:rest}", auth=may("signed_in"), include_in_schema=False)
def nothing(request: HttpRequest, rest: str) -> None:
    raise Http404(f"The API has nothing at {rest}.")


for router in (reads.router, history.router, timeline.router, records.router, searches.router, changes.router, others):
    api.add_router("", router)


def root(request: HttpRequest) -> HttpResponse:
    return redirect("api:openapi-json")


patterns = api.urls[0]
for pattern in patterns:
    if pattern.name == "api-root":
        pattern.callback = requires_person(root)
    elif not hasattr(pattern.callback, "rule"):
        # Each operation has its own rule and asks it itself; this tells so to the refusal of views without one.
        pattern.callback.rule = Rule("signed_in")

urlpatterns = [
    path("api/v1/", (patterns, "ninja", "api")),
    path("metrics", requires_person(metrics.page), name="metrics"),
    path("health/live", public(health.live), name="health_live"),
    path("health/ready", public(health.ready), name="health_ready"),
]
