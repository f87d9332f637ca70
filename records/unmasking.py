"""Who sees what the cluster's rules hide: only who has the right, and asks for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from access.policy import allow
from clusters import reading as stored
from clusters.models import Cluster
from reader.errors import BadRequest
from records.reading import Reading
from records.searches.models import Look

log = logging.getLogger("records.unmask")


def unmasked(user: Any, cluster: Cluster, topic: str, asked: Mapping[str, str]) -> bool:
    """Whether `asked` says unmask=1, which is written down. Raises BadRequest for who may not."""
    if asked.get("unmask") != "1":
        return False
    if not allow(user, "records.unmask", cluster, topic):
        raise BadRequest("Your role may not see what is hidden in this topic.", "forbidden")
    log.info("%s sees what is hidden in %s of %s", user, topic, cluster.slug)
    kept = {name: value for name, value in asked.items() if name != "t"}
    Look.objects.create(actor_name=str(user), did="unmask", cluster_name=cluster.name, topic=topic, asked=kept)
    return True


def with_right(user: Any, cluster: Cluster, topic: str, asked: Mapping[str, str], wanted: Reading) -> Reading:
    """Raises BadRequest."""
    return replace(wanted, unmask=unmasked(user, cluster, topic, asked))


def hidden_from(user: Any, cluster: Cluster, topic: str) -> bool:
    """Parts of its records are hidden from this user, whatever they ask for: no originals."""
    return stored.hidden(cluster, topic) and not allow(user, "records.unmask", cluster, topic)
