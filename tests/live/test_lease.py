from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from live.models import Lease

pytestmark = pytest.mark.django_db


def test_one_holder_at_a_time():
    assert Lease.take("follower:1", "a") == 1
    assert Lease.take("follower:1", "b") is None
    assert Lease.take("follower:1", "a") == 1
    assert Lease.take("follower:2", "b") == 1


def test_a_dead_holder_is_followed_and_the_token_rises():
    Lease.take("follower:1", "a")
    Lease.objects.update(expires_at=Now() - timedelta(seconds=1))
    assert Lease.take("follower:1", "b") == 2
    assert Lease.take("follower:1", "a") is None


def test_given_back_it_is_free_at_once():
    Lease.take("follower:1", "a")
    Lease.give_back("follower:1", "a")
    assert Lease.take("follower:1", "b") == 2


def test_only_the_holder_can_give_it_back():
    Lease.take("follower:1", "a")
    Lease.give_back("follower:1", "b")
    assert Lease.take("follower:1", "b") is None
