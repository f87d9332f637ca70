from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser, User
from hypothesis import given
from hypothesis import strategies as st

from access import policy
from access.models import Binding
from clusters.models import Cluster

CLUSTER_ACTIONS = sorted(policy.ADMIN)


@pytest.mark.parametrize("action", CLUSTER_ACTIONS)
@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_a_role_gives_its_actions_and_no_others(person, cluster, role, action):
    assert policy.allow(person(role, cluster), action, cluster) is (action in policy.ROLES[role])


def test_the_roles_are_what_the_documentation_says():
    operators = {"records.produce", "records.reading", "records.export"}
    operators |= {"group.reset", "group.members", "topic.create", "topic.config", "lab.run"}
    assert operators == policy.OPERATOR - policy.VIEWER
    admins = {"records.produce_bulk", "records.unmask", "topic.delete", "group.delete", "cluster.manage"}
    assert admins == policy.ADMIN - policy.OPERATOR


@pytest.mark.parametrize("action", sorted(policy.ACTIONS))
def test_nobody_is_allowed_anything_without_signing_in(cluster, action):
    for nobody in (AnonymousUser(), None, SimpleNamespace(pk=None, is_authenticated=True)):
        assert not policy.allow(nobody, action, cluster)


@pytest.mark.parametrize("action", CLUSTER_ACTIONS)
def test_a_role_on_one_cluster_says_nothing_about_another(person, cluster, action):
    other = Cluster.objects.create(name="payments", bootstrap="127.0.0.1:1")
    user = person("admin", cluster)
    assert not policy.allow(user, action, other)
    assert not policy.allow(user, action, None)


@pytest.mark.parametrize("action", CLUSTER_ACTIONS)
def test_the_administrator_of_the_console_has_no_rights_on_data(person, cluster, action):
    assert not policy.allow(person(is_superuser=True), action, cluster)


@pytest.mark.parametrize("action", ["cluster.add", "user.manage"])
def test_only_the_administrator_manages_the_console(person, cluster, action):
    assert policy.allow(person(is_superuser=True), action)
    assert not policy.allow(person("admin", cluster), action)


def test_a_disabled_user_is_allowed_nothing(person, cluster):
    user = person("admin", cluster, is_active=False)
    assert not any(policy.allow(user, action, cluster) for action in policy.ACTIONS)


def test_a_misspelt_action_fails_loudly(person, cluster):
    with pytest.raises(KeyError):
        policy.allow(person("admin", cluster), "topic.veiw", cluster)


@pytest.mark.parametrize(
    ("names", "name", "allowed"),
    [
        ("*", "anything\nat all", True),
        ("orders-*", "orders-eu", True),
        ("orders-*", "my-orders-eu", False),
        ("orders", "orders", True),
        ("orders", "orders2", False),
        ("orders", "Orders", False),
        ("orders-?", "orders-ab", False),
    ],
)
def test_a_glob_must_match_the_whole_name(person, cluster, names, name, allowed):
    assert policy.allow(person("viewer", cluster, names), "topic.view", cluster, name) is allowed


def test_a_glob_does_not_limit_what_is_about_the_cluster(person, cluster):
    assert policy.allow(person("viewer", cluster, "orders-*"), "broker.view", cluster, "3")


def test_roles_on_different_names_do_not_mix(person, cluster):
    user = person("viewer", cluster, "*")
    Binding.objects.create(user=user, role="operator", cluster=cluster, names="mine-*")
    assert policy.allow(user, "group.reset", cluster, "mine-1")
    assert not policy.allow(user, "group.reset", cluster, "theirs")
    assert policy.allow(user, "group.view", cluster, "theirs")


@pytest.mark.parametrize("action", sorted(policy.WRITES))
def test_nobody_changes_kafka_on_a_read_only_cluster(person, cluster, action):
    user = person("admin", cluster)
    assert policy.allow(user, action, cluster)
    cluster.read_only = True
    assert not policy.allow(user, action, cluster)
    assert policy.allow(user, "cluster.manage", cluster)


def test_a_role_taken_away_is_gone_at_once_here_and_within_5_s_elsewhere(person, cluster, monkeypatch):
    user = person("viewer", cluster)
    assert policy.allow(user, "topic.view", cluster)
    user.bindings.get().delete()
    assert not policy.allow(user, "topic.view", cluster)

    Binding.objects.create(user=user, role="viewer", cluster=cluster)
    assert policy.allow(user, "topic.view", cluster)
    Binding.objects.filter(user=user).update(role="nothing")  # as another process would: no signal reaches this one
    now = time.monotonic()
    monkeypatch.setattr(policy.time, "monotonic", lambda: now + 5)
    assert not policy.allow(user, "topic.view", cluster)


def test_a_user_disabled_behind_our_back_loses_everything_within_5_s(person, cluster, monkeypatch):
    user = person("viewer", cluster)
    assert policy.allow(user, "topic.view", cluster)
    User.objects.filter(pk=user.pk).update(is_active=False)
    now = time.monotonic()
    monkeypatch.setattr(policy.time, "monotonic", lambda: now + 5)
    assert not policy.allow(user, "topic.view", cluster)


GLOBS = st.text("ab*?[]!-.\n", max_size=6)


@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), st.sampled_from(["viewer", "operator", "nothing"]), GLOBS), max_size=4),
    st.text("ab-.\n", min_size=1, max_size=6),
    st.sampled_from(["topic.view", "group.reset", "broker.view"]),
)
def test_a_list_shows_exactly_what_the_page_would_open(bindings, name, action):
    user, cluster = SimpleNamespace(pk=-1, is_authenticated=True), SimpleNamespace(pk=1, read_only=False)
    policy._held[-1] = policy.Rights(time.monotonic() + 60, True, False, tuple(bindings))
    assert policy.visible(user, action, cluster)(name) == policy.allow(user, action, cluster, name)
