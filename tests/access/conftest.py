from __future__ import annotations

from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client

from access.models import Binding
from clusters.models import Cluster

PASSWORD = "correct horse battery staple"
_hashed = cache(lambda: make_password(PASSWORD))  # hashing is slow on purpose: once is enough


@pytest.fixture
def cluster(db) -> Cluster:
    return Cluster.objects.create(name="orders", bootstrap="127.0.0.1:1")


@pytest.fixture
def person(db):
    """`person("viewer", cluster)`: a user with one role; `person()`: one with none."""

    def make(role: str = "", cluster: Cluster | None = None, names: str = "*", **more: object) -> User:
        email = f"person{User.objects.count()}@example.com"
        user = User.objects.create(username=email, email=email, password=_hashed(), **more)
        if role:
            Binding.objects.create(user=user, role=role, cluster=cluster, names=names)
        return user

    return make


@pytest.fixture
def signed_in(client: Client):
    def sign_in(user: User) -> Client:
        client.force_login(user)
        return client

    return sign_in
