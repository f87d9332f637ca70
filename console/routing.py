"""Every socket of the console."""

from __future__ import annotations

import console.urls  # noqa: F401 - it registers the converter `name`, which sockets use too
from groups import routing as groups
from topics import routing as topics

sockets = [*groups.sockets, *topics.sockets]
