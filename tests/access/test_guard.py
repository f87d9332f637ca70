from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from access.guard import public, requires, why_not
from access.middleware import DefaultDeny


def a_request(user, **headers: str):
    request = RequestFactory(headers=headers).get("/c/orders/?q=1")
    request.user = user
    return request


def a_view(action: str, name: str = ""):
    @requires(action, name=name)
    def view(request, **kwargs):
        return HttpResponse(getattr(request.cluster, "slug", "none"))

    return view


def test_a_view_learns_its_cluster(person, cluster):
    assert a_view("cluster.view")(a_request(person("viewer", cluster)), cluster="orders").content == b"orders"


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(cluster):
    response = a_view("cluster.view")(a_request(AnonymousUser()), cluster="orders")
    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=/c/orders/%3Fq%3D1")


def test_a_fragment_tells_the_browser_to_leave_for_sign_in(cluster):
    response = a_view("cluster.view")(a_request(AnonymousUser(), HX_Request="true"), cluster="orders")
    assert (response.status_code, response["HX-Redirect"]) == (401, "/account/login/")


def test_a_cluster_one_may_not_see_looks_like_one_that_is_not_there(person, cluster):
    user = person()
    with pytest.raises(Http404) as hidden:
        a_view("cluster.view")(a_request(user), cluster="orders")
    with pytest.raises(Http404) as missing:
        a_view("cluster.view")(a_request(user), cluster="nowhere")
    assert str(hidden.value) == str(missing.value)


def test_what_one_knows_but_may_not_do_is_refused_with_the_role_it_needs(person, cluster):
    view = a_view("topic.delete", "topic")
    response = view(a_request(person("viewer", cluster), HX_Request="true"), cluster="orders", topic="t")
    assert response.status_code == 403
    assert b"role admin on orders" in response.content


def test_a_name_one_may_not_see_is_not_found(person, cluster):
    user = person("admin", cluster, "mine-*")
    with pytest.raises(Http404):
        a_view("topic.delete", "topic")(a_request(user), cluster="orders", topic="theirs")
    assert a_view("topic.delete", "topic")(a_request(user), cluster="orders", topic="mine-1").status_code == 200


def test_a_view_without_a_rule_is_closed(person):
    def forgotten(request):
        return HttpResponse("open")

    deny = DefaultDeny(lambda request: HttpResponse())
    assert deny.process_view(a_request(person(is_superuser=True)), forgotten, (), {}).status_code == 403
    assert deny.process_view(a_request(AnonymousUser()), public(forgotten), (), {}) is None


def test_a_rule_with_a_misspelt_action_does_not_load():
    with pytest.raises(KeyError):
        requires("topic.veiw")


def test_the_reason_names_who_could(cluster):
    assert why_not("user.manage") == "Only an administrator of this console can do this."
    assert why_not("group.reset", cluster) == "This needs the role operator or admin on orders (group.reset)."
    cluster.read_only = True
    assert "read-only" in why_not("group.reset", cluster)
