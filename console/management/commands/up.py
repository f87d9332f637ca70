from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from console.up.settings import add_arguments


class Command(BaseCommand):
    help = "Starts Kafka, Redis and all of Highwater on this machine, and stops them together."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        asked = [f"--{name}={options[name]}" for name in ("port", "demo", "rate") if options[name]]
        # The supervisor lives for days and needs no Django.
        os.execv(sys.executable, [sys.executable, "-m", "console.up", *asked])
