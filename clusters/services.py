"""What is done to the list of clusters outside of a form."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from clusters.models import Cluster, Environment


@transaction.atomic
def register_first() -> Cluster | None:
    """Registers settings.FIRST_CLUSTER as `local` when no cluster is known, and makes every administrator its admin.

    Returns the new cluster; None when there is nothing to do. Safe to call at each start.
    """
    if not settings.FIRST_CLUSTER or Cluster.objects.exists():
        return None
    cluster = Cluster.objects.create(name="local", environment=Environment.DEV, bootstrap=settings.FIRST_CLUSTER)
    grant_admin(cluster, *get_user_model().objects.filter(is_superuser=True))
    return cluster


def grant_admin(cluster: Cluster, *users: object) -> None:
    """A console administrator has no rights on data by that alone: whoever adds a cluster gets them here."""
    bindings = apps.get_model("access", "Binding").objects
    for user in users:
        bindings.get_or_create(user=user, role="admin", cluster=cluster)
