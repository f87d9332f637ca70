"""What rooms above this one may listen to."""

from __future__ import annotations

from django.dispatch import Signal

#: After each poll, in the worker: cluster (the model), snapshot. A failed poll too: its snapshot has `error`.
polled = Signal()
