from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from access.links import make_link


class Command(BaseCommand):
    help = "Print a one-time link that signs the console's administrator in. It works for an hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--origin", default=settings.ORIGINS[0], help="where the console is opened (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(make_link(options["origin"]))
