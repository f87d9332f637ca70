"""The one place that decides. Views, sockets, tasks and the API all ask `allow`; lists filter with `visible`.

A right is (role, cluster, glob over names). Nothing is granted by default, no binding spans clusters, and the console's
administrator (`is_superuser`) manages clusters and people, not everybody's data.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model

VIEWER = frozenset({"cluster.view", "broker.view", "topic.view", "group.view", "records.read", "change.view"})
OPERATOR = VIEWER | {
    *("records.produce", "records.reading", "records.export"),
    *("group.reset", "group.members"),
    *("topic.create", "topic.config"),
    "lab.run",
}
ADMIN = OPERATOR | {"records.produce_bulk", "records.unmask", "topic.delete", "group.delete", "cluster.manage"}

ROLES: dict[str, frozenset[str]] = {"viewer": VIEWER, "operator": OPERATOR, "admin": ADMIN}

#: Rights that belong to no cluster.
CONSOLE = frozenset({"signed_in", "cluster.add", "user.manage"})
#: What changes Kafka: refused to everybody on a cluster that is registered as read-only.
WRITES = frozenset(
    {
        "records.produce",
        "records.produce_bulk",  # more than an operator may write at once: see records/changes/bounds.py
        "group.reset",
        "group.members",
        "group.delete",
        "topic.create",
        "topic.config",
        "topic.delete",
        "lab.run",
    }
)
ACTIONS = ADMIN | CONSOLE
#: What a names glob is matched against. The others are about the cluster as a whole.
NAMED = frozenset(action for action in ADMIN if action.split(".")[0] in ("topic", "group", "records"))

FRESH = 2.0  # seconds that a process may go on with rights it has read: well under the 5 s in which a revocation bites


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user holds, as last read. `bindings`: (cluster pk, role, names glob)."""

    read_at: float
    active: bool
    administrator: bool
    bindings: tuple[tuple[int, str, str], ...]


def allow(user: Any, action: str, cluster: Any = None, name: str = "") -> bool:
    """Whether `user` may do `action`, on `cluster` (the model) and on the topic or group `name`.

    An empty name asks about the cluster: true when the user may do this to at least one name there.
    Raises KeyError for an action that does not exist: a misspelt rule must fail loudly, not quietly deny.
    """
    if action not in ACTIONS:
        raise KeyError(action)
    rights = _rights(user)
    if rights is None or not rights.active:
        return False
    if action in CONSOLE:
        return action == "signed_in" or rights.administrator
    if cluster is None or (action in WRITES and cluster.read_only):
        return False
    return any(_covers(glob, action, name) for glob in _globs(rights, action, cluster.pk))


def role(user: Any, action: str, cluster: Any, name: str) -> str:
    """The greatest role that gives this user this right, for limits that differ by role. Raises KeyError."""
    rights = _rights(user)
    held = {
        role
        for pk, role, glob in (rights.bindings if rights else ())
        if pk == cluster.pk and action in ROLES.get(role, ()) and _covers(glob, action, name)
    }
    if not held:
        raise KeyError(action)
    return max(held, key=lambda role: len(ROLES[role]))


def visible(user: Any, action: str, cluster: Any) -> Callable[[str], bool]:
    """A predicate over names that agrees with `allow`, for lists: the rights are read once."""
    if not allow(user, action, cluster):
        return lambda name: False
    rights = _rights(user)
    globs = _globs(rights, action, cluster.pk) if rights else ()
    if "*" in globs or action not in NAMED:
        return lambda name: True
    return lambda name: any(_matcher(glob)(name) is not None for glob in globs)


def forget(user_pk: int) -> None:
    """Read this user's rights anew at the next question (this process; others follow within `FRESH`)."""
    _held.pop(user_pk, None)


_held: dict[int, Rights] = {}


def _globs(rights: Rights, action: str, cluster_pk: int) -> tuple[str, ...]:
    return tuple(glob for pk, role, glob in rights.bindings if pk == cluster_pk and action in ROLES.get(role, ()))


def _covers(glob: str, action: str, name: str) -> bool:
    return not name or action not in NAMED or _matcher(glob)(name) is not None


@lru_cache(maxsize=1024)
def _matcher(glob: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(translate(glob)).match


def _rights(user: Any) -> Rights | None:
    """Not taken from the user object: a socket holds one for hours and does not hear of a role taken away."""
    pk = getattr(user, "pk", None)
    if pk is None or not user.is_authenticated:
        return None
    held = _held.get(pk)
    now = time.monotonic()
    if held is None or now - held.read_at > FRESH:
        row = get_user_model().objects.filter(pk=pk).values_list("is_active", "is_superuser").first()
        active, administrator = row or (False, False)
        bindings = apps.get_model("access", "Binding").objects.filter(user_id=pk)
        held = Rights(now, active, administrator, tuple(bindings.values_list("cluster_id", "role", "names")))
        _held[pk] = held
    return held
