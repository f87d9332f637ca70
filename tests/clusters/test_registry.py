from __future__ import annotations

import time

import pytest
from confluent_kafka.admin import AdminClient

from access.models import Binding
from clusters import connection, gateways
from clusters.models import Cluster
from gateway.config import ClusterConfig

FIELDS = {"name": "second", "environment": "staging", "bootstrap": "127.0.0.1:1"}
NOBODY = "127.0.0.1:1"


def test_who_adds_a_cluster_becomes_its_admin(admin):
    response = admin.post("/clusters/add/", FIELDS)
    cluster = Cluster.objects.get(name="second")
    assert response.url == "/c/second/"
    assert Binding.objects.filter(cluster=cluster, role="admin", user_id=admin.session["_auth_user_id"]).exists()


def test_a_bad_form_comes_back_with_what_was_typed(admin):
    response = admin.post("/clusters/add/", FIELDS | {"bootstrap": "nowhere"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "“nowhere” is not host:port." in page
    assert 'value="second"' in page
    assert not Cluster.objects.filter(name="second").exists()


def test_only_an_administrator_adds_and_only_an_admin_edits(viewer):
    assert viewer.get("/clusters/add/").status_code == 403
    assert viewer.get("/c/orders-eu/edit/").status_code == 403
    assert viewer.post("/c/orders-eu/remove/", {"typed": "orders-eu"}).status_code == 403


def test_the_stored_password_is_on_no_page(admin, cluster):
    cluster.mechanism, cluster.username = "PLAIN", "u"
    cluster.set_secrets(password="hunter2")
    cluster.save()
    for url in ("/c/orders-eu/edit/", "/c/orders-eu/", "/?all=1"):
        assert "hunter2" not in admin.get(url).content.decode()
    refused = admin.post("/c/orders-eu/edit/", FIELDS | {"password": "hunter3", "bootstrap": ""})
    assert "hunter" not in refused.content.decode()


def test_saving_does_not_move_the_pages_of_a_cluster(admin, cluster):
    admin.post("/c/orders-eu/edit/", FIELDS | {"name": "renamed"})
    cluster.refresh_from_db()
    assert (cluster.name, cluster.slug, cluster.environment) == ("renamed", "orders-eu", "staging")


def test_a_cluster_is_removed_only_by_its_typed_name(admin, cluster):
    refused = admin.post("/c/orders-eu/remove/", {"typed": "orders"})
    assert refused.status_code == 422
    assert "Type orders-eu." in refused.content.decode()
    assert Cluster.objects.filter(pk=cluster.pk).exists()
    admin.post("/c/orders-eu/remove/", {"typed": "orders-eu"})
    assert not Cluster.objects.filter(pk=cluster.pk).exists()


def test_the_connection_test_says_why_not_within_ten_seconds(admin):
    began = time.monotonic()
    page = admin.post("/clusters/test/", FIELDS).content.decode()
    assert "Did not answer" in page
    assert time.monotonic() - began < 10


def test_the_connection_test_of_a_bad_form_names_the_fields(admin):
    page = admin.post("/clusters/test/", FIELDS | {"bootstrap": "nowhere"}).content.decode()
    assert "Bootstrap servers: “nowhere” is not host:port." in page


def test_the_connection_test_says_what_answered(bootstrap):
    answer = connection.test(ClusterConfig(bootstrap=bootstrap))
    expected = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=10)
    assert answer.error is None
    assert (answer.cluster_id, answer.brokers) == (expected.cluster_id, len(expected.brokers))
    assert answer.groups is not None


@pytest.mark.parametrize(
    "url", ["/c/orders-eu/brokers/quorum/", "/c/orders-eu/brokers/1/log-dirs/", "/c/orders-eu/brokers/1/config/"]
)
def test_a_fragment_of_a_dead_cluster_says_so_and_can_be_asked_again(viewer, cluster, url):
    response = viewer.get(url)
    gateways.forget(cluster.pk)
    assert response.status_code == 200
    assert "Ask again" in response.content.decode()


def test_fragments_show_what_the_broker_says(viewer, cluster, bootstrap):
    cluster.bootstrap = bootstrap
    cluster.save()
    quorum = viewer.get("/c/orders-eu/brokers/quorum/").content.decode()
    directories = viewer.get("/c/orders-eu/brokers/1/log-dirs/").content.decode()
    config = viewer.get("/c/orders-eu/brokers/1/config/").content.decode()
    gateways.forget(cluster.pk)
    assert "leader" in quorum
    assert "Free on the volume" in directories
    assert "log.retention.hours" in config
