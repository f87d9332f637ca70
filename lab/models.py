"""Django finds models here."""

from __future__ import annotations

from lab.consumers.models import ConsumerOrder, ConsumerRun
from lab.producers.faults.models import FaultRun
from lab.producers.models import ProducerRun

__all__ = ["ConsumerOrder", "ConsumerRun", "FaultRun", "ProducerRun"]
