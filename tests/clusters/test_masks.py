"""The page of what is hidden, and the addresses that a registry may have."""

from __future__ import annotations

import pytest

from clusters import reading
from gateway.reading import GivenSchema, MaskRule, TopicReading
from gateway.registry import refused

USER = {"registry_username": "ada", "registry_password": "x"}


@pytest.fixture
def admin(client, cluster):
    from tests.clusters.conftest import sign_in

    return sign_in(client, "admin", cluster)


def test_a_rule_is_added_and_removed(admin, cluster):
    place = f"/c/{cluster.slug}/masks/"
    assert admin.post(place, {"topics": "orders*", "side": "value", "path": "card"}).status_code == 302
    cluster.refresh_from_db()
    assert reading.masks(cluster.masks) == (MaskRule("orders*", "value", "card", ""),)
    assert cluster.config().masks == (MaskRule("orders*", "value", "card", ""),)
    page = admin.get(place)
    (row,) = page.context["rows"]
    assert admin.post(place, {"remove": row.key}).status_code == 302
    cluster.refresh_from_db()
    assert cluster.masks == []


def test_a_topic_with_a_schema_of_its_own_is_named_beside_a_path(admin, cluster):
    reading.set_reading(cluster, TopicReading("orders", value="avro", value_schema=GivenSchema("avro", '"string"')))
    rules = [MaskRule("orders*", "value", "card"), MaskRule("orders*", "", "", "x"), MaskRule("b", "", "c")]
    reading.set_masks(cluster, rules)
    rows = admin.get(f"/c/{cluster.slug}/masks/").context["rows"]
    assert [row.given for row in rows] == [("orders",), (), ()]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"topics": "a"}, "Say what is hidden"),
        ({"topics": "", "path": "a"}, "This field is required."),
        ({"topics": "a", "pattern": "("}, "cannot be used"),
        ({"topics": "a", "path": "a..b"}, "has an empty part"),
    ],
)
def test_what_is_no_rule_is_said(admin, cluster, asked, said):
    answer = admin.post(f"/c/{cluster.slug}/masks/", asked)
    assert answer.status_code == 422 and said in answer.content.decode()


def test_the_settings_of_a_cluster_leave_rules_and_readings_alone(admin, cluster):
    reading.set_masks(cluster, [MaskRule("*", "", "a")])
    asked = {
        "name": cluster.name,
        "environment": "dev",
        "bootstrap": "127.0.0.1:1",
        "registry_url": "http://127.0.0.1:8081/",
    }
    asked |= {"registry_username": "ada", "registry_password": "s3cret"}
    assert admin.post(f"/c/{cluster.slug}/edit/", asked).status_code == 302
    cluster.refresh_from_db()
    assert cluster.masks == [["*", "", "a", ""]]
    registry = cluster.config().registry
    assert (registry.url, registry.username, registry.password) == ("http://127.0.0.1:8081", "ada", "s3cret")
    assert "s3cret" not in cluster.secrets and "s3cret" not in admin.get(f"/c/{cluster.slug}/edit/").content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"registry_url": "ftp://a"}, "Write it as https://host:port"),
        ({"registry_url": "http://ada:pw@host"}, "do not belong in the address"),
        ({"registry_url": "http://host:99999"}, "Write it as https://host:port"),
        ({"registry_url": "http://host", "registry_username": "ada"}, "The user needs a password."),
        ({"registry_username": "ada", "registry_password": "x"}, "Say where the registry is"),
        (
            {"registry_url": "http://host", "registry_username": "a", "registry_password": "x", "registry_token": "t"},
            "not both",
        ),
        ({"registry_url": "http://host", "registry_ca_pem": "x"}, "not a certificate"),
    ],
)
def test_a_registry_that_cannot_be_is_said(admin, cluster, asked, said):
    form = {"name": cluster.name, "environment": "dev", "bootstrap": "127.0.0.1:1"} | asked
    answer = admin.post(f"/c/{cluster.slug}/edit/", form)
    assert answer.status_code == 422 and said in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "allowed", "may"),
    [
        ("10.0.0.1", (), True),
        ("192.0.2.1", ("10.0.0.0/8",), False),
        ("10.1.2.3", ("10.0.0.0/8",), True),
        ("127.0.0.1", (), False),
        ("127.9.9.9", (), False),
        ("::1", (), False),
        ("::ffff:127.0.0.1", (), False),
        ("127.0.0.1", ("127.0.0.0/8",), True),
        ("169.254.169.254", (), False),
        ("169.254.169.254", ("0.0.0.0/0",), False),
        ("::ffff:169.254.169.254", ("::/0", "0.0.0.0/0"), False),
        ("fe80::1%eth0", ("::/0",), False),
        ("fd00:ec2::254", ("::/0",), False),
        ("224.0.0.1", ("0.0.0.0/0",), False),
        ("0.0.0.0", ("0.0.0.0/0",), False),
        ("2002:7f00:1::", (), False),
        ("fd12::1", (), True),
    ],
)
def test_addresses_that_may_be_connected_to(address, allowed, may):
    assert (refused(address, allowed) == "") is may
