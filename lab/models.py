"""Django finds models here."""

from __future__ import annotations

from lab.consumers.models import ConsumerOrder, ConsumerRun

__all__ = ["ConsumerOrder", "ConsumerRun"]
