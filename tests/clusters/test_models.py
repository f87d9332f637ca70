from __future__ import annotations

import pytest
from django.core.management import call_command

from access.models import Binding
from clusters import gateways
from clusters.crypto import SecretsUnreadable
from clusters.models import Cluster
from clusters.services import register_first

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "slug"), [("Orders EU", "orders-eu"), ("注文", "cluster"), ("x" * 80, "x" * 70), ("--", "cluster")]
)
def test_the_slug_is_made_from_the_name(name, slug):
    assert Cluster.objects.create(name=name, bootstrap="a:1").slug == slug


def test_two_names_that_read_alike_get_two_slugs():
    slugs = [Cluster.objects.create(name=name, bootstrap="a:1").slug for name in ("a b", "a-b", "A B!")]
    assert slugs == ["a-b", "a-b-2", "a-b-3"]


def test_secrets_are_kept_apart_from_the_row_and_hidden_in_repr():
    cluster = Cluster(name="a", bootstrap="a:1", mechanism="PLAIN", username="u")
    cluster.set_secrets(password="hunter2")
    cluster.set_secrets(key_pem="KEY")
    assert cluster.config().password == "hunter2"
    assert cluster.config().key_pem == "KEY"
    assert "hunter2" not in repr(cluster) + repr(cluster.config()) + cluster.secrets


def test_an_empty_text_removes_a_secret():
    cluster = Cluster(name="a", bootstrap="a:1")
    cluster.set_secrets(password="hunter2")
    cluster.set_secrets(password="")
    assert cluster.secrets == ""


def test_secrets_copied_from_another_row_are_refused():
    one, other = Cluster(name="a", bootstrap="a:1"), Cluster(name="b", bootstrap="b:1")
    one.set_secrets(password="hunter2")
    other.secrets = one.secrets
    with pytest.raises(SecretsUnreadable):
        other.gateway()


def test_a_process_has_one_gateway_until_the_settings_change():
    cluster = Cluster.objects.create(name="a", bootstrap="127.0.0.1:1")
    first = cluster.gateway()
    assert Cluster.objects.get(pk=cluster.pk).gateway() is first
    cluster.bootstrap = "127.0.0.1:2"
    second = cluster.gateway()
    assert second is not first
    cluster.read_only = True
    assert cluster.gateway() is not second
    gateways.forget(cluster.pk)


def test_the_first_start_registers_the_private_broker_once(settings, django_user_model):
    settings.FIRST_CLUSTER = "127.0.0.1:9092"
    root = django_user_model.objects.create(username="root", is_superuser=True)
    django_user_model.objects.create(username="somebody")
    call_command("register_first_cluster")
    cluster = Cluster.objects.get()
    assert (cluster.name, cluster.environment, cluster.bootstrap) == ("local", "dev", "127.0.0.1:9092")
    assert list(Binding.objects.values_list("user", "role", "cluster")) == [(root.pk, "admin", cluster.pk)]
    assert register_first() is None


def test_nothing_is_registered_beside_clusters_somebody_added(settings):
    settings.FIRST_CLUSTER = "127.0.0.1:9092"
    Cluster.objects.create(name="mine", bootstrap="a:1")
    assert register_first() is None
