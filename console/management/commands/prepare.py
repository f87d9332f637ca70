"""Everything that must be done once before the processes start, in one go: a Django start costs a second."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from access.links import make_link
from clusters.models import Cluster
from clusters.services import register_first


class Command(BaseCommand):
    help = (
        "Migrates the database, collects the static files, registers the first cluster. Prints a one-time sign-in link."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--private-kafka", metavar="ID", help="cluster id of the private broker: its port may have changed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        register_first()
        if options["private_kafka"]:
            Cluster.objects.filter(kafka_id=options["private_kafka"]).update(bootstrap=settings.FIRST_CLUSTER)
        self.stdout.write(make_link(settings.ORIGINS[0]))
