"""Every socket of the console."""

from __future__ import annotations

from groups import routing as groups
from topics import routing as topics

sockets = [*groups.sockets, *topics.sockets]
