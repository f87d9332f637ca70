"""The worker's doorbells for groups."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from clusters.models import Cluster
from gateway.errors import KafkaFault
from groups import keeping

log = logging.getLogger(__name__)


@shared_task(name="groups.tasks.nightly_bookmarks")
def nightly_bookmarks() -> None:
    """A cluster that does not answer has none tonight; the others have theirs."""
    for cluster in Cluster.objects.all():
        try:
            made = keeping.nightly(cluster, timezone.now())
        except KafkaFault as fault:
            log.warning("no nightly bookmarks in %s: %s", cluster, fault)
        else:
            log.info("%d nightly bookmarks in %s", made, cluster)
