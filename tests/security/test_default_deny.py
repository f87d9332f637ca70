"""A view that somebody forgot to give a rule, in the console as it is put together."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


urlpatterns = [path("forgotten/", forgotten), path("", include("console.urls"))]


@pytest.mark.urls("tests.security.test_default_deny")
@pytest.mark.parametrize("kind", ["viewer", "admin", "all"])
def test_it_is_closed_to_everybody(kind, client, actor):
    assert client.get("/forgotten/").status_code == 403
    client.force_login(actor(kind))
    for answer in (client.get("/forgotten/"), client.post("/forgotten/")):
        assert answer.status_code == 403
        assert b"open" not in answer.content
